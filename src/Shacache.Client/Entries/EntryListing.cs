using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Core.Entries;
using Shacache.Protocol;

namespace Shacache.Client.Entries;

/// <summary>Reads what the directories list under one key.</summary>
internal sealed class EntryListing(HttpTransport transport, NetworkCacheOptions options, EntryKey key)
{
    /// <summary>A server with upstreams is to answer from what it has itself.</summary>
    public bool AsksServerAlone { get; init; }

    /// <summary>The listing of the first server that has one. When some answer that there is none, trouble with the others is a warning.</summary>
    public async Task<IReadOnlyList<SignedEntry>> ReadAsync(Failover failover, CancellationToken cancellationToken)
    {
        IReadOnlyList<CacheUrl> servers = options.Servers.DownloadDirectory;
        string option = options.Servers.DownloadDirectoryOption;
        Failover.EnsureConfigured(servers, option);
        bool answered = false;
        NetworkCacheException? trouble = null;
        foreach (CacheUrl server in servers)
        {
            try
            {
                IReadOnlyList<SignedEntry> entries =
                    await failover.RunAsync([server], option, null, ReadAsync, cancellationToken).ConfigureAwait(false);
                if (entries.Count > 0)
                    return entries;
                answered = true;
            }
            catch (NetworkCacheException e) when (e is not NetworkCacheConfigurationException)
            {
                trouble = e;
                if (servers.Count > 1)
                    options.OnWarning?.Invoke(e.Message);
            }
        }

        return answered ? [] : throw trouble!;
    }

    /// <summary>What one server lists, and whether it certainly has that itself.</summary>
    public async Task<StoredListing> ReadStoredAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        using ExchangeClock clock = transport.StartClock(options, cancellationToken);
        var request = new CacheRequest(HttpMethod.Get, server, server.Append(key.ToPathSegment())) { OnlyIfCached = AsksServerAlone };
        using HttpResponseMessage response = await transport.SendAsync(request, clock).ConfigureAwait(false);
        int? ownCount = AsksServerAlone ? FindOwnCount(response) : null;
        bool isCertain = ownCount is not null || !response.Headers.Contains(WireHeaders.CacheStatus);
        if (response.StatusCode == HttpStatusCode.NotFound || (AsksServerAlone && response.StatusCode == HttpStatusCode.GatewayTimeout))
            return new StoredListing([], isCertain);
        if (response.StatusCode != HttpStatusCode.OK)
            throw await transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);

        (ReadOnlyMemory<byte> body, bool isCut) = await BoundedText.ReadAsync(request, response, options.MaxListingBytes, clock).ConfigureAwait(false);
        IReadOnlyList<SignedEntry>? entries = EntryDocument.ParseListing(body.Span, out IReadOnlyList<string> problems, isCut);
        if (entries is null)
            throw Unreadable(request, problems.Count > 0 ? problems[^1] : "The answer is not a JSON array.");
        foreach (string problem in problems)
            options.OnWarning?.Invoke($"{request}: an entry is left out: {problem}");
        if (isCut && entries.Count == 0)
            throw Unreadable(request, $"The answer is longer than {options.MaxListingBytes} bytes, and no entry is whole in them.");
        if (isCut)
            options.OnWarning?.Invoke($"{request}: the listing is longer than {options.MaxListingBytes} bytes; its first {entries.Count} entries are used, the others ignored");
        if (ownCount <= entries.Count)
            return new StoredListing([.. entries.Take(ownCount.Value)], IsCertain: true);
        return new StoredListing(entries, isCertain && !isCut);
    }

    /// <summary>How many entries the server has itself; what its upstreams list comes after those. Null when it does not say.</summary>
    private static int? FindOwnCount(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues(WireHeaders.OwnCount, out HeaderStringValues values) &&
        int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count
            : null;

    private async Task<IReadOnlyList<SignedEntry>> ReadAsync(CacheUrl server, CancellationToken cancellationToken) =>
        (await ReadStoredAsync(server, cancellationToken).ConfigureAwait(false)).Entries;

    private static RequestFailure Unreadable(CacheRequest request, string problem) =>
        new(FailureKind.Refused, $"{request}: {OneLine.Of(problem).TrimEnd('.')}") { StatusCode = HttpStatusCode.OK };
}

/// <summary>What a server lists under a key.</summary>
/// <param name="Entries">In its order.</param>
/// <param name="IsCertain">False when some of them may be its upstreams' and not its own.</param>
internal sealed record StoredListing(IReadOnlyList<SignedEntry> Entries, bool IsCertain);
