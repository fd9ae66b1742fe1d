using System.Collections.Concurrent;
using Shacache.Core.Clocks;
using Shacache.Core.Savings;

namespace Shacache.Core.Blobs.Repair;

/// <summary>Writes what is found damaged, and what is whole again, into the log, soon and in its order; knows in memory which blobs are missing.</summary>
/// <remarks>Who finds damage, or stores a blob, waits for nothing. A crash may lose the last moment. Safe for concurrent use.</remarks>
public sealed class DamageJournal : IAsyncDisposable
{
    /// <summary>So many missing blobs are known in memory; that others are whole again is noticed when they are tried next.</summary>
    private const int MaxOpen = 10_000;

    private const int MaxWaiting = 100_000;
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(5);

    private readonly IRepairLog _log;
    private readonly RepairMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<Digest, bool> _open = new();
    private readonly Lock _gate = new();
    private readonly PeriodicFlush _flush;
    private readonly SemaphoreSlim _news = new(0, 1);
    private List<Change> _waiting = [];
    private volatile int _openCount;
    private long _found;
    private long _healed;

    /// <param name="log">Where it is written; must stay open until this is disposed of.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="time">The clock.</param>
    public DamageJournal(IRepairLog log, RepairMetrics metrics, TimeProvider time)
    {
        _log = log;
        _metrics = metrics;
        _time = time;
        _flush = new PeriodicFlush(time, FlushInterval, FlushAllAsync);
    }

    /// <summary>Told of each blob that is whole again, on any thread.</summary>
    public Action<Digest>? OnHealed { get; set; }

    /// <summary>How many blobs were found damaged since this was made.</summary>
    public long FoundCount => Interlocked.Read(ref _found);

    /// <summary>How many became whole again since this was made.</summary>
    public long HealedCount => Interlocked.Read(ref _healed);

    /// <summary>Learns what is missing.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach (DamagedBlob blob in await _log.ListAsync(MaxOpen, cancellationToken).ConfigureAwait(false))
        {
            if (blob.HealedAt is null)
                Miss(blob.Digest);
        }
    }

    /// <summary>A blob was found damaged.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="reason">What is wrong, for people.</param>
    /// <param name="path">Where its file is now; null when it could not be moved, or there is none.</param>
    public void NoteDamaged(Digest digest, string reason, string? path)
    {
        _metrics.NoteDamaged();
        Interlocked.Increment(ref _found);
        if (_openCount < MaxOpen)
            Miss(digest);
        Add(new Change(digest, reason, path, ChangeKind.Damaged));
        _flush.FlushSoon();
    }

    /// <summary>A blob was stored, or is found to be right: in case it was missing, it is whole again.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="isMissed">Whether the log is known to have it as missing.</param>
    public void NoteRight(Digest digest, bool isMissed = false)
    {
        // Each upload comes by here.
        if (!isMissed && _openCount == 0)
            return;
        if (!TryFind(digest) && !isMissed)
            return;
        Add(new Change(digest, "", null, ChangeKind.Healed));
        _flush.FlushSoon();
    }

    /// <summary>A blob was removed on purpose: in case it was missing, it is missed no longer.</summary>
    public void NoteUnwanted(Digest digest)
    {
        if (_openCount == 0 || !TryFind(digest))
            return;
        Add(new Change(digest, "", null, ChangeKind.Unwanted));
        _flush.FlushSoon();
    }

    /// <summary>Writes what was noted until now.</summary>
    /// <exception cref="BlobStoreException">The backend failed. What was not written waits.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => _flush.FlushAsync(cancellationToken);

    /// <summary>Waits until more was found damaged and written, or for a time.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _news.WaitAsync(atMost, cancellationToken);

    /// <summary>Writes what is left, if that is possible.</summary>
    public async ValueTask DisposeAsync()
    {
        await _flush.DisposeAsync().ConfigureAwait(false);
        _news.Dispose();
    }

    private void Miss(Digest digest)
    {
        if (_open.TryAdd(digest, true))
            Interlocked.Increment(ref _openCount);
    }

    private bool TryFind(Digest digest)
    {
        if (!_open.TryRemove(digest, out _))
            return false;
        Interlocked.Decrement(ref _openCount);
        return true;
    }

    private void Add(Change change)
    {
        lock (_gate)
        {
            if (_waiting.Count < MaxWaiting)
                _waiting.Add(change);
        }
    }

    private async Task FlushAllAsync(CancellationToken cancellationToken)
    {
        List<Change> taken;
        lock (_gate)
        {
            taken = _waiting;
            _waiting = [];
        }

        int written = 0;
        try
        {
            for (; written < taken.Count; written++)
                await WriteAsync(taken[written], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (written < taken.Count)
            {
                lock (_gate)
                    _waiting.InsertRange(0, taken[written..]);
            }
        }

        if (taken.Exists(change => change.Kind == ChangeKind.Damaged))
            TellNews();
    }

    private async ValueTask WriteAsync(Change change, CancellationToken cancellationToken)
    {
        switch (change.Kind)
        {
            case ChangeKind.Damaged:
                await _log.NoteDamagedAsync(change.Digest, change.Reason, change.Path, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                break;
            case ChangeKind.Unwanted:
                await _log.ForgetAsync(change.Digest, cancellationToken).ConfigureAwait(false);
                break;
            default:
                if (await _log.NoteHealedAsync(change.Digest, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false))
                {
                    _metrics.NoteHealed();
                    Interlocked.Increment(ref _healed);
                    OnHealed?.Invoke(change.Digest);
                }

                break;
        }
    }

    private void TellNews()
    {
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // Who waits is told already.
        }
    }

    private enum ChangeKind
    {
        Damaged,
        Healed,
        Unwanted,
    }

    private readonly record struct Change(Digest Digest, string Reason, string? Path, ChangeKind Kind);
}

/// <summary>Hands notes on to the index; what is stored is no longer missing.</summary>
public sealed class WatchedNotes(BlobNotes notes, DamageJournal journal) : IBlobNotes
{
    /// <inheritdoc/>
    public void NoteStored(Digest digest, long lengthBytes)
    {
        notes.NoteStored(digest, lengthBytes);
        journal.NoteRight(digest);
    }

    /// <inheritdoc/>
    public void NoteShown(Digest digest, long? lengthBytes) => notes.NoteShown(digest, lengthBytes);

    /// <inheritdoc/>
    public void NoteSent(Digest digest, long? lengthBytes, BlobSent sent) => notes.NoteSent(digest, lengthBytes, sent);

    /// <inheritdoc/>
    public void NoteOrigin(Digest digest, CacheKind cache, TimeSpan transferTime) => notes.NoteOrigin(digest, cache, transferTime);

    /// <inheritdoc/>
    public void NoteUploader(Digest digest, string account) => notes.NoteUploader(digest, account);

    /// <inheritdoc/>
    public void NoteTraffic(Traffic traffic, long savedBytes) => notes.NoteTraffic(traffic, savedBytes);

    /// <inheritdoc/>
    public void NoteDeleted(Digest digest) => notes.NoteDeleted(digest);

    /// <inheritdoc/>
    public void NoteVerified(Digest digest) => notes.NoteVerified(digest);

    /// <inheritdoc/>
    public void NoteRemoved(Digest digest)
    {
        notes.NoteDeleted(digest);
        journal.NoteUnwanted(digest);
    }
}
