using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Proximity.Entries;
using Shacache.Http.Upstreams;

namespace Shacache.Http.Mirroring;

/// <summary>
/// Asks upstreams again for every key of which they listed something. Without upstreams, drops those of their entries whose content is not here.
/// Entries that were put here are never touched.
/// </summary>
internal sealed class ListingRefresh(IBlobStore blobs, IUpstreamListings? listings = null, ListingFetches? fetches = null, RequestPath? path = null)
{
    /// <summary>Keys at once.</summary>
    private const int Parallelism = 8;

    private int _isRunning;

    /// <summary>Takes the turn: one refresh runs at a time.</summary>
    /// <returns>To be disposed of; null while another one runs.</returns>
    public IDisposable? TryBegin() => Interlocked.Exchange(ref _isRunning, 1) == 0 ? new Turn(this) : null;

    /// <summary>Refreshes every key. Whoever stops reading stops it.</summary>
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
                listings?.ListKeysAsync(cancellationToken) ?? AsyncEnumerable.Empty<EntryKey>(),
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (key, token) => await done.WriteAsync((key, await RefreshAsync(key, token)), token));
        }
        catch (Exception e)
        {
            // Whoever reads the other end is told.
            failure = e;
        }

        done.Complete(failure);
    }

    private async Task<RefreshOutcome> RefreshAsync(EntryKey key, CancellationToken cancellationToken)
    {
        if (fetches is null)
            return await DropDanglingAsync(key, cancellationToken);
        return await fetches.Start(key, path!.Own).WaitAsync(cancellationToken) switch
        {
            ListingAnswer.Listed { IsChange: true } => RefreshOutcome.Updated,
            ListingAnswer.Missing { IsChange: true } => RefreshOutcome.Removed,
            ListingAnswer.Failed => RefreshOutcome.Failed,
            _ => RefreshOutcome.Unchanged,
        };
    }

    private async Task<RefreshOutcome> DropDanglingAsync(EntryKey key, CancellationToken cancellationToken)
    {
        if (await listings!.FindAsync(key, cancellationToken) is not { } listing)
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

    private sealed class Turn(ListingRefresh owner) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref owner._isRunning, 0);
    }
}
