using System.Net;
using Shacache.Client.Accounts;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Client.Diagnosis;

/// <summary>Asks each upload server which account it recognises this machine as: a certificate or token may be revoked, or missing where one is needed.</summary>
/// <remarks>Only shacache servers have this request; an error of any other server is not a finding.</remarks>
internal sealed class AccountReview : IReviewStep
{
    private const string Check = "account";

    private sealed record Surface(CacheUrl Server, TlsFiles Tls, string Option, bool IsDirectory);

    public async Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        if (!review.IsUsable)
            return;
        NetworkCacheOptions options = DiagnosisLimits.Apply(review.Options);
        // One that carries content and entries is asked once for each: what it may do with the two differs.
        foreach (IGrouping<(string, bool), Surface> same in Surfaces(options).GroupBy(surface => (surface.Server.ToString(), surface.IsDirectory)))
            await ReviewAsync(review, same.First(), string.Join(' ', same.Select(surface => surface.Option)), options, cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<Surface> Surfaces(NetworkCacheOptions options)
    {
        foreach (CacheServers servers in new[] { options.Servers, options.BinaryServers })
        {
            foreach (CacheUrl server in servers.UploadCache)
                yield return new Surface(server, options.CacheTls, servers.UploadCacheOption, IsDirectory: false);
            foreach (CacheUrl server in servers.UploadDirectory)
                yield return new Surface(server, options.DirectoryTls, servers.UploadDirectoryOption, IsDirectory: true);
        }
    }

    private static async Task ReviewAsync(ReviewCase review, Surface surface, string about, NetworkCacheOptions options, CancellationToken cancellationToken)
    {
        try
        {
            AccountServer server = AccountServer.At(surface.Server.Parent()) with { Tls = surface.Tls, Limits = options with { OnWarning = null } };
            if (options.UploadTokenFile is { } tokenFile && !surface.Server.HasCredentials)
            {
                BearerToken.EnsureProtected(surface.Server);
                server = server.WithToken(BearerToken.Read(tokenFile, BearerToken.FileOption).Parameter!);
            }

            using var client = new AccountClient(server, review.TimeProvider);
            Report(review, about, surface.IsDirectory, await client.WhoAmIAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (NetworkCacheRefusedException e) when (e.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            review.Checks.Fail(Check, about, e.Message, "uploads are refused: shacache account request asks for an account, if it is a shacache server");
        }
        catch (NetworkCacheException)
        {
            // It has no accounts, or is not a shacache server. ServerReview and FileReview report unreachable servers and unusable files.
        }
    }

    private static void Report(ReviewCase review, string about, bool isDirectory, CallerDocument caller)
    {
        string who = caller.Account is { } name ? $"{name}, by {caller.By}" : "none is needed";
        string until = caller.ValidUntil is { } end ? $", valid until {end.UtcDateTime:yyyy-MM-dd}" : "";
        IReadOnlyList<string> prefixes = caller.Rights.Index ?? [];
        if (isDirectory && prefixes.Count == 0)
            review.Checks.Fail(Check, about, $"{who}: it may not list anything", "its operator decides that: shacache account rights");
        else if (isDirectory)
            review.Checks.Pass(Check, about, $"{who}{until}: it may list {(prefixes.Contains("") ? "every key" : $"keys that begin with {string.Join(" or ", prefixes)}")}");
        else if (!caller.Rights.Upload)
            review.Checks.Fail(Check, about, $"{who}: it may not upload", "its operator decides that: shacache account rights");
        else
            review.Checks.Pass(Check, about, $"{who}{until}: it may upload");
    }
}
