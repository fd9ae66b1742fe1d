using Microsoft.Net.Http.Headers;
using Shacache.Core.Entries;
using Shacache.Core.Transfers;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Transfers;

namespace Shacache.Http.Remotes;

/// <summary>The documents of all indexes: from the cache while they are fresh, from their origins after that, and from the cache again when these do not answer.</summary>
internal sealed class RemoteIndexes(GatewayIndex copies, CarriedPages carried, IndexOrigin origin, TimeProvider time) : IAsyncDisposable
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
            (TimeSpan age, bool isFresh) = Judge(remote, index, copy, maxAge);
            if (!isFresh && await TryAdoptAsync(remote, index, copy, cancellationToken))
            {
                if (copy is not null)
                    await copy.DisposeAsync();
                copy = await copies.FindRecordAsync(record, cancellationToken);
                (age, isFresh) = Judge(remote, index, copy, maxAge);
            }

            if (isFresh || (copy is not null && remote.Options.IsOffline))
                return Take(ref copy, isFresh ? "hit" : "stale");
            if (remote.Options.IsOffline)
                throw new GatewayException(RemoteProblems.Offline(remote, index.Name));
            bool mayBeStale = copy is not null && !(age > remote.Options.StaleFor);
            Outcome? outcome = await RefreshAsync(remote, index, record, mayBeStale, cancellationToken);
            if (outcome is { Refresh: Refresh.NotKept })
                return await origin.PassAsync(remote, index, await FindPlacesAsync(remote, index, cancellationToken), cancellationToken);
            if (mayBeStale && (outcome is null || outcome.Failure is { IsOriginDown: true }))
                return Take(ref copy, "stale");
            if (outcome!.Failure is { } failure)
                throw failure.IsOriginDown && await index.IsMissingAsync(cancellationToken) ? new GatewayException(RemoteProblems.NotNamed(index.Path, remote.Urls[0].Host), failure) : failure;
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

    /// <summary>Where a path is at each URL of a remote.</summary>
    /// <exception cref="GatewayException">Clients wrote what no URL can hold.</exception>
    public static IReadOnlyList<OriginUrl> PlacesOf(Remote remote, string path)
    {
        try
        {
            return remote.PlacesOf(path);
        }
        catch (FormatException e)
        {
            throw new GatewayException(GatewayProblems.Malformed(e.Message), e);
        }
    }

    public ValueTask DisposeAsync() => _refreshes.DisposeAsync();

    private (TimeSpan Age, bool IsFresh) Judge(Remote remote, RemoteIndex index, GatewayCopy? copy, TimeSpan? maxAge)
    {
        // A clock that was set back makes a document of the future: it is asked for again.
        TimeSpan age = copy is null ? TimeSpan.Zero : time.GetUtcNow() - copy.Note!.CheckedAt;
        return (age, copy is not null && age >= TimeSpan.FromSeconds(-1) && (index.IsLasting || age <= (maxAge ?? remote.Options.IndexTtl)));
    }

    private async ValueTask<bool> TryAdoptAsync(Remote remote, RemoteIndex index, GatewayCopy? copy, CancellationToken cancellationToken)
    {
        try
        {
            return await carried.TryAdoptAsync(remote, index, await FindPlacesAsync(remote, index, cancellationToken), copy?.Note!.CheckedAt, cancellationToken);
        }
        catch (GatewayException)
        {
            // Where it would be is not known: what asks for it is told why.
            return false;
        }
    }

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
                return new Outcome(await origin.RefreshAsync(remote, index, await FindPlacesAsync(remote, index, stop), stop), null);
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

    /// <summary>Where a document may be at its origins.</summary>
    /// <exception cref="GatewayException">That is not known.</exception>
    public async ValueTask<IReadOnlyList<OriginUrl>> FindPlacesAsync(Remote remote, RemoteIndex index, CancellationToken cancellationToken)
    {
        if (index.Places is null)
            return PlacesOf(remote, index.Path);
        await using IndexCopy places = await OpenAsync(remote, index.Places, maxAge: null, cancellationToken);
        string link = await index.FindLinkAsync(places.Source, cancellationToken) ?? throw new GatewayException(RemoteProblems.NotNamed(index.Path, places.Source.Url.Host));
        return places.Source.Url.TryFollow(link, out OriginUrl? url, out string? problem) ? [url] : throw new GatewayException(RemoteProblems.BadLink(places.Source.Url.Host, problem));
    }

    /// <summary>Opens the document that is kept.</summary>
    public static IndexSource Open(GatewayCopy copy) => new(
        new BlobStream(copy.Blob),
        copy.Metadata.ContentType,
        OriginUrl.TryParse(copy.Note!.Url.Replace("://", "/", StringComparison.Ordinal), out OriginUrl? url, out _)
            ? url
            : throw new InvalidOperationException($"The note of a document has the URL {copy.Note.Url}."));

    private static IndexCopy Take(ref GatewayCopy? copy, string cacheStatus)
    {
        GatewayCopy taken = copy!;
        IndexSource source = Open(taken);
        copy = null;
        return new IndexCopy(source, taken.Blob.Digest, cacheStatus, taken) { LastModified = FindDate(taken) };
    }

    /// <summary>When the document changed; null unless that was a minute before it was last confirmed, for it may have changed twice in a second (RFC 9110, section 8.8.2.2).</summary>
    private static string? FindDate(GatewayCopy copy) =>
        HeaderUtilities.TryParseDate(copy.Metadata.LastModified, out DateTimeOffset changed) && changed < copy.Note!.CheckedAt - TimeSpan.FromMinutes(1) ? copy.Metadata.LastModified : null;

    private sealed record Outcome(Refresh Refresh, GatewayException? Failure);
}
