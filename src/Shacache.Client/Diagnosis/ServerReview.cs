using System.Net;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Messages;
using Shacache.Protocol;

namespace Shacache.Client.Diagnosis;

/// <summary>Asks every server once, several concurrently, for a content or key that it probably lacks: found and not found are both an answer.</summary>
internal sealed class ServerReview : IReviewStep
{
    private const string Check = "server";
    private const int MaxParallel = 8;

    private static readonly EntryKey Unlikely = EntryKey.Create("shacache-config-check");

    private sealed record Question(HttpTransport Transport, CacheUrl Server, string Segment, string Option);

    public async Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        if (!review.IsUsable)
        {
            review.Checks.Note(Check, null, "no server was asked: the file must be corrected first");
            return;
        }

        NetworkCacheOptions options = DiagnosisLimits.Apply(review.Options);
        (CacheServers files, CacheServers binaries) = (options.Servers, options.BinaryServers);
        using HttpSender sender = HttpTransport.CreateSender(options);
        var cache = new HttpTransport(
            sender,
            new ServerCredentials(
                options.CacheTls, "shacache", options.UploadTokenFile, files.UploadCache.Concat(binaries.UploadCache), files.DownloadCache.Concat(binaries.DownloadCache)),
            review.TimeProvider);
        var directory = new HttpTransport(
            sender,
            new ServerCredentials(
                options.DirectoryTls, "shadir", options.UploadTokenFile, files.UploadDirectory.Concat(binaries.UploadDirectory),
                files.DownloadDirectory.Concat(binaries.DownloadDirectory)),
            review.TimeProvider);
        Question[] questions = [.. Questions(files, cache, directory).Concat(Questions(binaries, cache, directory))];
        // A server that several options name is asked once.
        IGrouping<(string, string, string?), Question>[] servers =
            [.. questions.GroupBy(question => (question.Server.ToString(), question.Segment, question.Server.Credentials?.Parameter))];
        RequestFailure?[] problems = new RequestFailure?[servers.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForAsync(
            0, servers.Length, parallel,
            async (i, token) => problems[i] = await FindProblemAsync(servers[i].First(), options, token).ConfigureAwait(false)).ConfigureAwait(false);

        for (int i = 0; i < servers.Length; i++)
        {
            string about = string.Join(' ', servers[i].Select(question => question.Option));
            string url = servers[i].First().Server.ToString();
            if (problems[i] is { } problem)
                review.Checks.Fail(Check, about, problem.Message, Remedy(problem, servers[i].First().Option));
            else
                review.Checks.Pass(Check, about, $"{url} answers");
        }
    }

    private static string Remedy(RequestFailure problem, string option) => problem.IsUntrusted
        ? FailureAdvice.For(problem, option).Trim(' ', '.')
        : "correct the URL, or make sure that the server runs and can be reached from here";

    private static IEnumerable<Question> Questions(CacheServers servers, HttpTransport cache, HttpTransport directory) =>
    [
        .. servers.DownloadCache.Select(server => new Question(cache, server, Digest.Empty.ToString(), servers.DownloadCacheOption)),
        .. servers.DownloadDirectory.Select(server => new Question(directory, server, Unlikely.ToPathSegment(), servers.DownloadDirectoryOption)),
        .. servers.UploadCache.Select(server => new Question(cache, server, Digest.Empty.ToString(), servers.UploadCacheOption)),
        .. servers.UploadDirectory.Select(server => new Question(directory, server, Unlikely.ToPathSegment(), servers.UploadDirectoryOption)),
    ];

    private static async Task<RequestFailure?> FindProblemAsync(Question question, NetworkCacheOptions options, CancellationToken cancellationToken)
    {
        // One limit for all redirects and a slowly sent answer together.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.ConnectTimeout + options.FirstByteTimeout);
        try
        {
            using ExchangeClock clock = question.Transport.StartClock(options, limit.Token);
            var request = new CacheRequest(HttpMethod.Get, question.Server, question.Server.Append(question.Segment));
            using HttpResponseMessage response = await question.Transport.SendAsync(request, clock).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.OK)
                return null;
            RequestFailure failure = await question.Transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);
            // A shacache server distinguishes missing content from an unknown path.
            return failure.StatusCode == HttpStatusCode.NotFound && !failure.Message.Contains(ServerLines.UnknownPath, StringComparison.Ordinal) ? null : failure;
        }
        catch (RequestFailure e)
        {
            return e;
        }
        catch (NetworkCacheConfigurationException e)
        {
            // Credentials that cannot be used.
            return new RequestFailure(FailureKind.Refused, e.Message, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new RequestFailure(FailureKind.Transient, $"{question.Server}: no answer within {(options.ConnectTimeout + options.FirstByteTimeout).TotalSeconds:0} s");
        }
    }
}
