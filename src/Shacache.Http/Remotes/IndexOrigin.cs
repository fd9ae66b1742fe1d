using System.IO.Compression;
using System.Net;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Transfers;
using Shacache.Core.Urls;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Logging;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Transfers;
using Shacache.Protocol;

namespace Shacache.Http.Remotes;

/// <summary>Gets documents of indexes from their origins, and keeps them.</summary>
internal sealed class IndexOrigin(OriginClient origins, GatewayIndex copies, BlobIngester ingester, IBlobStore blobs, GatewayOptions options, ILogger<IndexOrigin> logger)
{
    /// <summary>The longest document, in bytes: the list of all packages of the largest indexes has some tens of megabytes.</summary>
    private const long MaxBytes = 256L << 20;

    /// <summary>How often a document is read whose files do not fit it.</summary>
    private const int MaxReads = 3;

    /// <summary>Asks for a document at its places in their order, and keeps what comes in the place of what was kept.</summary>
    /// <param name="remote">The remote.</param>
    /// <param name="index">The document.</param>
    /// <param name="places">Where it may be.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How it came out.</returns>
    /// <exception cref="GatewayException">None of them has it. What was kept stays.</exception>
    public async Task<Refresh> RefreshAsync(Remote remote, RemoteIndex index, IReadOnlyList<OriginUrl> places, CancellationToken cancellationToken)
    {
        EntryKey record = remote.RecordOf("index", index.Name);
        await using GatewayCopy? copy = await copies.FindRecordAsync(record, cancellationToken);
        return await AskAsync(places, async (url, clock) =>
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    return await RefreshAsync(remote, index, record, copy, url, clock, cancellationToken);
                }
                catch (GatewayException e) when (e.IsBrokenPromise && attempt < MaxReads)
                {
                    // The origin changed in the middle; what it has now fits together.
                }
            }
        }, url => IsFrom(copy, url), cancellationToken);
    }

    /// <summary>Asks in the same way for one request alone, and keeps nothing: for what its origin does not want to be kept.</summary>
    /// <exception cref="GatewayException">None of the URLs has it.</exception>
    public Task<IndexCopy> PassAsync(Remote remote, RemoteIndex index, IReadOnlyList<OriginUrl> places, CancellationToken cancellationToken) => AskAsync(places, async (url, clock) =>
    {
        using HttpResponseMessage answer = await origins.SendAsync(Ask(remote, index, url), url, clock);
        var metadata = OriginMetadata.Of(answer);
        Directory.CreateDirectory(options.SpoolFolder);
        var file = new FileStream(
            Path.Combine(options.SpoolFolder, $"{Guid.NewGuid():N}.part"),
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous });
        try
        {
            await using Stream body = await OpenAsync(answer, metadata, clock);
            byte[] buffer = new byte[64 * 1024];
            for (int count; (count = await body.ReadAsync(buffer, clock.Token)) > 0;)
            {
                if (file.Length + count > MaxBytes)
                    throw new GatewayException(GatewayProblems.TooLarge(url, MaxBytes));
                await file.WriteAsync(buffer.AsMemory(0, count), clock.Token);
            }

            file.Position = 0;
            return new IndexCopy(new IndexSource(file, metadata.ContentType, FindFinal(url, answer)), null, "pass", file);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }, static _ => false, cancellationToken);

    private async Task<Refresh> RefreshAsync(
        Remote remote, RemoteIndex index, EntryKey record, GatewayCopy? copy, OriginUrl url, ExchangeClock clock, CancellationToken cancellationToken)
    {
        OriginMetadata? known = IsFrom(copy, url) ? copy!.Metadata : null;
        using HttpResponseMessage answer = await origins.SendAsync(Ask(remote, index, url) with { Known = known }, url, clock);
        if (answer.StatusCode == HttpStatusCode.NotModified)
        {
            await copies.NoteAsync(record, [record], new OriginFile(url), copy!.Blob.Digest, copy.Metadata, clock.Token);
            return Refresh.Confirmed;
        }

        if (KeepingRules.FindRefusal(answer, options, allowsCookies: true) is { } refusal)
        {
            Log.NotKept(logger, url.WithoutQuery, refusal);
            return Refresh.NotKept;
        }

        var metadata = OriginMetadata.Of(answer);
        await using Stream body = await OpenAsync(answer, metadata, clock);
        IngestResult result = await ingester.IngestAsync(body, lengthBytes: null, MaxBytes, expected: null, clock.Token);
        if (result.Status == IngestStatus.TooLarge)
            throw new GatewayException(GatewayProblems.TooLarge(url, MaxBytes));
        OriginUrl final = FindFinal(url, answer);
        await CheckAsync(index, result.Digest, metadata, final, clock.Token);
        if (copy?.Blob.Digest != result.Digest)
            await index.PrepareAsync(new IndexChange(copy?.Blob.Digest, result.Digest, final), cancellationToken);
        await copies.NoteAsync(record, [record], new OriginFile(final), result.Digest, metadata with { ContentEncoding = null }, cancellationToken);
        Log.Fetched(logger, url.WithoutQuery, result.LengthBytes);
        return Refresh.Replaced;
    }

    private static OriginQuestion Ask(Remote remote, RemoteIndex index, OriginUrl url) =>
        new(HttpMethod.Get) { Accept = index.Accept, Credentials = remote.FindCredentials(url), FollowsAnywhere = true };

    private static bool IsFrom(GatewayCopy? copy, OriginUrl url) => copy?.Note?.Url == UrlSecrets.Redact(url.Text);

    /// <summary>Where an answer came from after redirects.</summary>
    private static OriginUrl FindFinal(OriginUrl asked, HttpResponseMessage answer) =>
        answer.RequestMessage?.RequestUri is { } uri && asked.TryFollow(uri.AbsoluteUri, out OriginUrl? final, out _) ? final : asked;

    /// <summary>The body as it is without an encoding, which was not asked for.</summary>
    private static async ValueTask<Stream> OpenAsync(HttpResponseMessage answer, OriginMetadata metadata, ExchangeClock clock)
    {
        var body = new PacedStream(await answer.Content.ReadAsStreamAsync(clock.Token), clock);
        return metadata.ContentEncoding is { } encoding && encoding.Contains("gzip", StringComparison.OrdinalIgnoreCase) ? new GZipStream(body, CompressionMode.Decompress) : body;
    }

    private async Task<TResult> AskAsync<TResult>(
        IReadOnlyList<OriginUrl> places, Func<OriginUrl, ExchangeClock, Task<TResult>> ask, Func<OriginUrl, bool> isKeptFrom, CancellationToken cancellationToken)
    {
        GatewayException? missing = null;
        GatewayException? down = null;
        foreach (OriginUrl url in places)
        {
            using ExchangeClock clock = origins.StartClock(cancellationToken);
            clock.EndWithin(options.TransferTimeout);
            try
            {
                return await ask(url, clock);
            }
            catch (GatewayException e)
            {
                Log.OriginFailed(logger, url.WithoutQuery, e.Message, e.InnerException?.GetBaseException().Message.ReplaceLineEndings(" ") ?? "as it answered");
                if (e.IsOriginDown)
                    down = e;
                else
                    missing ??= e;
            }
            catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                Log.OriginFailed(logger, url.WithoutQuery, "the transfer broke", e.GetBaseException().Message.ReplaceLineEndings(" "));
                down = new GatewayException(e is IOException ? GatewayProblems.Unreachable(url) : GatewayProblems.TimedOut(url), e) { IsOriginDown = true };
            }

            // What is kept of the first place is better than what another says: it may be another index.
            if (down is not null && isKeptFrom(url))
                throw down;
        }

        throw down ?? missing!;
    }

    private async ValueTask CheckAsync(RemoteIndex index, Digest digest, OriginMetadata metadata, OriginUrl url, CancellationToken cancellationToken)
    {
        await using IBlob blob = await blobs.OpenAsync(digest, cancellationToken) ?? throw new GatewayException(GatewayProblems.Unreachable(url));
        await using var content = new BlobStream(blob);
        if (await index.FindProblemAsync(new IndexSource(content, metadata.ContentType, url), cancellationToken) is { } problem)
            throw new GatewayException(RemoteProblems.BadIndex(url.Host, problem)) { IsOriginDown = true };
    }
}

/// <summary>How a refresh of a document came out.</summary>
internal enum Refresh
{
    /// <summary>The origin says that what is kept is what there is.</summary>
    Confirmed,

    /// <summary>Another document is kept now.</summary>
    Replaced,

    /// <summary>There is one, and its origin does not want it to be kept.</summary>
    NotKept,
}
