using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Upstreams.Entries;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Refreshes every key of which upstreams listed something. With upstreams, entries that were put here are never touched.</summary>
/// <param name="listings">What upstreams listed.</param>
/// <param name="keys">Brings a key up to date.</param>
/// <param name="own">What is done about entries that were put here; there is one without upstreams.</param>
internal sealed class ListingRefresh(IUpstreamListings listings, IKeyRefresh keys, IEnumerable<OwnEntryRefresh> own)
{
    /// <summary>Keys at once.</summary>
    private const int Parallelism = 8;

    private int _isRunning;

    /// <summary>Takes the turn: one refresh runs at a time.</summary>
    /// <returns>To be disposed of; null while another one runs.</returns>
    public IDisposable? TryBegin() => Interlocked.Exchange(ref _isRunning, 1) == 0 ? new Turn(this) : null;

    /// <summary>Refreshes every key, until the caller stops reading.</summary>
    public async IAsyncEnumerable<(EntryKey Key, RefreshOutcome Outcome)> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var done = Channel.CreateBounded<(EntryKey, RefreshOutcome)>(Parallelism);
        Task running = RefreshAllAsync(done.Writer, stop.Token);
        try
        {
            await foreach ((EntryKey, RefreshOutcome) one in done.Reader.ReadAllAsync(cancellationToken))
                yield return one;
        }
        finally
        {
            await stop.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RefreshAllAsync(ChannelWriter<(EntryKey, RefreshOutcome)> done, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await Parallel.ForEachAsync(
                listings.ListKeysAsync(cancellationToken),
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (key, token) => await done.WriteAsync((key, await keys.RefreshAsync(key, token)), token));
            foreach (OwnEntryRefresh refresh in own)
            {
                await foreach (EntryKey key in refresh.DropMissingAsync(cancellationToken))
                    await done.WriteAsync((key, RefreshOutcome.Removed), cancellationToken);
            }
        }
        catch (Exception e)
        {
            // The reader of the channel is told.
            failure = e;
        }

        done.Complete(failure);
    }

    private sealed class Turn(ListingRefresh owner) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref owner._isRunning, 0);
    }
}

/// <summary>What a refresh did with a key.</summary>
internal enum RefreshOutcome
{
    /// <summary>It lists what it listed before.</summary>
    Unchanged,

    /// <summary>Other entries are listed.</summary>
    Updated,

    /// <summary>Nothing of it is listed any more, but what was put here.</summary>
    Removed,

    /// <summary>Upstreams could not be asked: what is known stays.</summary>
    Failed,
}

/// <summary>Brings what is known of a key up to date.</summary>
internal interface IKeyRefresh
{
    Task<RefreshOutcome> RefreshAsync(EntryKey key, CancellationToken cancellationToken);
}

/// <summary>Asks the upstreams again.</summary>
internal sealed class UpstreamKeyRefresh(ListingFetches fetches, RequestPath path) : IKeyRefresh
{
    public async Task<RefreshOutcome> RefreshAsync(EntryKey key, CancellationToken cancellationToken) =>
        await fetches.Start(key, path.Own).WaitAsync(cancellationToken) switch
        {
            ListingAnswer.Listed { IsChange: true } => RefreshOutcome.Updated,
            ListingAnswer.Missing { IsChange: true } => RefreshOutcome.Removed,
            ListingAnswer.Failed => RefreshOutcome.Failed,
            _ => RefreshOutcome.Unchanged,
        };
}

/// <summary>Of a server without upstreams: drops those of their entries whose content is not here.</summary>
internal sealed class CarriedKeyRefresh(IBlobStore blobs, IUpstreamListings listings) : IKeyRefresh
{
    public async Task<RefreshOutcome> RefreshAsync(EntryKey key, CancellationToken cancellationToken)
    {
        if (await listings.FindAsync(key, cancellationToken) is not { } listing)
            return RefreshOutcome.Unchanged;
        List<SignedEntry> kept = [];
        foreach (SignedEntry entry in listing.Entries)
        {
            if (await blobs.ExistsAsync(entry.Digest, cancellationToken))
                kept.Add(entry);
        }

        if (kept.Count == listing.Entries.Count)
            return RefreshOutcome.Unchanged;
        if (kept.Count == 0)
            return await listings.RemoveAsync(key, cancellationToken) ? RefreshOutcome.Removed : RefreshOutcome.Unchanged;
        await listings.ReplaceAsync(listing with { Entries = kept }, cancellationToken);
        return RefreshOutcome.Updated;
    }
}
