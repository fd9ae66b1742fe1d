using System.Threading.Channels;
using Shacache.Core.Entries;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Entries;

/// <summary>Adds entries: what waits goes in one round trip and one commit. While one is under way, the next batch gathers.</summary>
/// <remarks>Each waiter is released only after the commit that holds its entry. When a batch fails, its entries are added one by one, so that a bad one does not fail its neighbours.</remarks>
internal sealed class EntryWriter : IAsyncDisposable
{
    private const int MaxWaiting = 1024;
    private const int MaxBatch = 128;

    /// <summary>A batch is sent once its texts reach this, in characters: an entry may be up to a mebibyte long.</summary>
    private const int MaxBatchChars = 2 << 20;

    /// <summary>While one batch waits for the disk of the server, another is on its way.</summary>
    private const int Lanes = 2;

    private readonly Pool _pool;
    private readonly Channel<EntryJob> _jobs = Channel.CreateBounded<EntryJob>(MaxWaiting);
    private readonly Task[] _lanes;

    /// <param name="pool">Where to; stays open until this is disposed of.</param>
    public EntryWriter(Pool pool)
    {
        _pool = pool;
        _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => Task.Run(RunAsync))];
    }

    /// <summary>How many entries wait for the transaction that holds them to begin.</summary>
    public int Waiting => _jobs.Reader.Count;

    /// <summary>Adds an entry and waits until it is durable.</summary>
    /// <returns>How it ended, and whether the index knows the content.</returns>
    public async Task<(EntryAddition Addition, bool IsKnown)> AddAsync(EntryChange change, CancellationToken cancellationToken)
    {
        var job = new EntryJob(change, cancellationToken);
        try
        {
            await _jobs.Writer.WriteAsync(job, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new ObjectDisposedException("The database is closed.", e);
        }

        return await job.Done.Task.ConfigureAwait(false);
    }

    /// <summary>Adds what is waiting, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        await Task.WhenAll(_lanes).ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        List<EntryJob> batch = new(MaxBatch);
        while (await _jobs.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            for (int chars = 0; batch.Count < MaxBatch && chars < MaxBatchChars && _jobs.Reader.TryRead(out EntryJob? job);)
            {
                if (job.TryCancel())
                    continue;
                batch.Add(job);
                chars += job.Change.LengthChars;
            }

            // In the order of their locks, so that two batches do not wait for each other.
            batch.Sort((one, other) => one.Change.Lock.CompareTo(other.Change.Lock));
            await CommitAsync(batch).ConfigureAwait(false);
            batch.Clear();
        }
    }

    private async Task CommitAsync(List<EntryJob> batch)
    {
        if (batch.Count == 0)
            return;
        try
        {
            await _pool.ChangeAsync(batch[0].Change.Attempt, session => session.RunAsync(ToQueries([.. batch.Select(job => job.Change)])), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (batch.Count == 1)
            {
                batch[0].Done.SetException(e);
            }
            else if (e is EntryStoreException { IsAway: true })
            {
                // Another one would wait as long; and of a commit whose outcome is not known, none may be made again.
                batch.ForEach(job => job.Done.SetException(new EntryStoreException(e.Message, e) { IsAway = true }));
            }
            else
            {
                foreach (EntryJob job in batch)
                    await CommitAsync([job]).ConfigureAwait(false);
            }

            return;
        }

        batch.ForEach(job => job.Done.SetResult(job.Change.Result));
    }

    private static List<Query> ToQueries(IReadOnlyList<EntryChange> changes)
    {
        // Of one key, each has to see the ones before.
        Dictionary<EntryKey, int> counts = changes.CountBy(change => change.Key).ToDictionary();
        List<EntryChange> together = [.. changes.Where(change => change.HasAnyRoom && counts[change.Key] == 1)];
        if (together.Count < 2)
            return [.. changes.Select(change => change.ToQuery())];
        Query first = EntryChange.ToQuery(together, [.. changes.Select(change => change.Lock).Distinct()]);
        return [first, .. changes.Except(together).Select(change => change.ToQuery())];
    }

    /// <summary>An addition that waits.</summary>
    private sealed class EntryJob(EntryChange change, CancellationToken cancellationToken)
    {
        public EntryChange Change => change;

        public TaskCompletionSource<(EntryAddition Addition, bool IsKnown)> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Releases the caller if it gave up. After false the entry is added.</summary>
        public bool TryCancel()
        {
            if (!cancellationToken.IsCancellationRequested)
                return false;
            Done.SetCanceled(cancellationToken);
            return true;
        }
    }
}
