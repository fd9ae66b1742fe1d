using System.Threading.Channels;
using Shacache.Core.Accounts;
using Shacache.Core.Entries;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Entries;

/// <summary>Adds entries: what waits goes in one round trip and one commit. While one is under way, the next batch gathers.</summary>
/// <remarks>Each waiter is released only after the commit that holds its entry. When a batch fails, its entries are added one by one, so that a bad one does not fail its neighbours.</remarks>
internal sealed class EntryWriter : IAsyncDisposable
{
    private const int MaxWaiting = 1024;
    private const int MaxBatch = 128;

    /// <summary>While one batch waits for the disk of the server, another is on its way.</summary>
    private const int Lanes = 2;

    private const string AddEntry =
        "SELECT outcome, is_known FROM add_entry($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";

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
            while (batch.Count < MaxBatch && _jobs.Reader.TryRead(out EntryJob? job))
            {
                if (!job.TryCancel())
                    batch.Add(job);
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
            await _pool.ChangeAsync(batch[0].Change.Attempt, session => session.RunAsync([.. batch.Select(job => job.ToQuery(AddEntry))]), CancellationToken.None).ConfigureAwait(false);
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

        batch.ForEach(job => job.Done.SetResult(job.Result));
    }

    /// <summary>An addition that waits.</summary>
    private sealed class EntryJob(EntryChange change, CancellationToken cancellationToken)
    {
        public EntryChange Change => change;

        public TaskCompletionSource<(EntryAddition Addition, bool IsKnown)> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public (EntryAddition Addition, bool IsKnown) Result { get; private set; }

        public Query ToQuery(string sql) => change.AddTo(new Query(sql)).Into(row => Result = ((EntryAddition)(row.GetInt32(0) - 1), row.GetBoolean(1)));

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

/// <summary>An entry to be added, with what finds it, computed before its turn.</summary>
internal sealed class EntryChange
{
    private readonly EntryKey _key;
    private readonly SignedEntry _entry;
    private readonly EntryRoom? _room;
    private readonly EntryWorth _worth;
    private readonly AuditEntry? _audit;
    private readonly DateTimeOffset _now;
    private readonly byte[] _pair;
    private readonly byte[][] _mayGo;

    /// <param name="key">The key.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="room">How many the key may have, and what may go; null for any number.</param>
    /// <param name="worth">What it says about getting its content back, as far as it is believed.</param>
    /// <param name="audit">The line for the audit log; null for none.</param>
    /// <param name="now">The time.</param>
    public EntryChange(EntryKey key, SignedEntry entry, EntryRoom? room, EntryWorth worth, AuditEntry? audit, DateTimeOffset now)
    {
        (_key, _entry, _room, _worth, _audit, _now) = (key, entry, room, worth, audit, now);
        _pair = EntryRow.PairOf(key, entry);
        _mayGo = room is null ? [] : [.. room.MayGo.Select(old => EntryRow.PairOf(key, old))];
        Lock = EntryRow.LockOf(key);
    }

    /// <summary>The number of the key's lock.</summary>
    public int Lock { get; }

    /// <summary>What is said when it fails.</summary>
    public Attempt Attempt => new(Contract.Entries, $"The entry was not added under key {_key}");

    /// <summary>Adds the parameters of <c>add_entry</c>.</summary>
    public Query AddTo(Query query) => query
        .Add(Locks.Key).Add(Lock).Add(_key.Value).Add(_pair).Add(_entry.Information).Add(_entry.Signature).Add(_entry.Digest.ToBytes())
        .Add(_entry.ExpiresAt?.UtcTicks).Add(_now.Ms()).Add(_now.UtcTicks).Add((long)_worth.BuildTime.TotalMilliseconds).Add((long)_worth.FetchTime.TotalMilliseconds)
        .Add((long?)_room?.MaxEntries).Add(_mayGo)
        .Add(_audit?.At.Ms()).Add(_audit?.Actor).Add((short?)_audit?.Action).Add(_audit?.Subject).Add(_audit?.From).Add(_audit?.Detail);
}
