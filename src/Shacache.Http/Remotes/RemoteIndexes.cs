using Microsoft.Net.Http.Headers;
using Shacache.Core.Entries;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Transfers;

namespace Shacache.Http.Remotes;

/// <summary>The documents of all indexes: from the cache while they are fresh, from their origins after that, and from the cache again when these do not answer.</summary>
internal sealed class RemoteIndexes(GatewayIndex copies, IndexOrigin origin, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long a request waits for a refresh when there is an old document that it may have.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SharedWork<Outcome> _refreshes = new();
    private readonly RecentFailures _failures = new(time);

    /// <summary>Opens a document.</summary>
    /// <param name="remote">The remote.</param>
    /// <param name="index">Which document.</param>
    /// <param name="maxAge">How old it may be; null for what the remote says.</param>
    /// <param name="cancellationToken">Stops the wait; what is under way goes on for others.</param>
    /// <exception cref="GatewayException">There is none, and none comes.</exception>
    public async ValueTask<IndexCopy> OpenAsync(Remote remote, RemoteIndex index, TimeSpan? maxAge, CancellationToken cancellationToken)
    {
        EntryKey record = remote.RecordOf("index", index.Name);
        GatewayCopy? copy = await copies.FindRecordAsync(record, cancellationToken);
        try
        {
            // A clock that was set back makes a document of the future: it is asked for again.
            TimeSpan age = copy is null ? TimeSpan.Zero : time.GetUtcNow() - copy.Note!.CheckedAt;
            bool isFresh = copy is not null && (index.IsLasting || (age >= TimeSpan.FromSeconds(-1) && age <= (maxAge ?? remote.Options.IndexTtl)));
            if (isFresh || (copy is not null && remote.Options.IsOffline))
                return Take(ref copy, isFresh ? "hit" : "stale");
            if (remote.Options.IsOffline)
                throw new GatewayException(RemoteProblems.Offline(remote, index.Name));
            bool mayBeStale = copy is not null && !(age > remote.Options.StaleFor);
            Outcome? outcome = await RefreshAsync(remote, index, record, mayBeStale, cancellationToken);
            if (outcome is { Refresh: Refresh.NotKept })
                return await origin.PassAsync(remote, index, cancellationToken);
            if (mayBeStale && (outcome is null || outcome.Failure is { IsOriginDown: true }))
                return Take(ref copy, "stale");
            if (outcome!.Failure is { } failure)
                throw failure;
            if (copy is not null)
                await copy.DisposeAsync();
            copy = await copies.FindRecordAsync(record, cancellationToken);
            return copy is null
                ? throw new GatewayException(GatewayProblems.Unreachable(remote.Urls[0]))
                : Take(ref copy, outcome.Refresh == Refresh.Confirmed ? "revalidated" : "miss");
        }
        finally
        {
            if (copy is not null)
                await copy.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => _refreshes.DisposeAsync();

    /// <returns>Null when it takes longer than a request waits that may have an old document.</returns>
    private async ValueTask<Outcome?> RefreshAsync(Remote remote, RemoteIndex index, EntryKey record, bool mayBeStale, CancellationToken cancellationToken)
    {
        string name = record.Value;
        if (_failures.TryFind(name, out GatewayException? known))
            return new Outcome(default, known);
        Task<Outcome> refresh = _refreshes.Join(name, async stop =>
        {
            try
            {
                return new Outcome(await origin.RefreshAsync(remote, index, stop), null);
            }
            catch (GatewayException e)
            {
                _failures.Note(name, e);
                return new Outcome(default, e);
            }
        });
        try
        {
            return await refresh.WaitAsync(mayBeStale ? Patience : Timeout.InfiniteTimeSpan, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static IndexCopy Take(ref GatewayCopy? copy, string cacheStatus)
    {
        GatewayCopy taken = copy!;
        copy = null;
        OriginUrl url = OriginUrl.TryParse(taken.Note!.Url.Replace("://", "/", StringComparison.Ordinal), out OriginUrl? found, out _)
            ? found
            : throw new InvalidOperationException($"The note of a document has the URL {taken.Note.Url}.");
        return new IndexCopy(new IndexSource(new BlobStream(taken.Blob), taken.Metadata.ContentType, url), taken.Blob.Digest, cacheStatus, taken) { LastModified = FindDate(taken) };
    }

    /// <summary>When the document changed; null unless that was a minute before it was last confirmed, for it may have changed twice in a second (RFC 9110, section 8.8.2.2).</summary>
    private static string? FindDate(GatewayCopy copy) =>
        HeaderUtilities.TryParseDate(copy.Metadata.LastModified, out DateTimeOffset changed) && changed < copy.Note!.CheckedAt - TimeSpan.FromMinutes(1) ? copy.Metadata.LastModified : null;

    private sealed record Outcome(Refresh Refresh, GatewayException? Failure);
}
