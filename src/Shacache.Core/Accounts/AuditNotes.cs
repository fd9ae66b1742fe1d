using Shacache.Core.Blobs;
using Shacache.Core.Clocks;

namespace Shacache.Core.Accounts;

/// <summary>Lines for the audit log that need not be durable at once: gathered, and written together every second, or as soon as they fill a write.</summary>
/// <remarks>
/// For uploads of content. Every upload waits for the disk already, for its content; it is not to wait a second time for its line. So a crash may lose the
/// lines of the last second; what was uploaded is still there. Safe for concurrent use.
/// </remarks>
public sealed class AuditNotes : IAsyncDisposable
{
    /// <summary>How long a line waits at most.</summary>
    public static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);

    /// <summary>Lines in one write, so that entries need not wait long for their turn.</summary>
    private const int MaxBatch = 256;

    /// <summary>Lines that wait at most: about a mebibyte.</summary>
    private const int MaxWaiting = 4096;

    private readonly IAuditLog _log;
    private readonly PeriodicFlush _flush;
    private readonly Lock _gate = new();
    private List<AuditEntry> _waiting = [];

    /// <param name="log">Where they are written; must stay open until this is disposed of.</param>
    /// <param name="timeProvider">The clock.</param>
    public AuditNotes(IAuditLog log, TimeProvider timeProvider)
    {
        _log = log;
        _flush = new PeriodicFlush(timeProvider, FlushInterval, FlushAllAsync);
    }

    /// <summary>How many lines were not written yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Adds a line soon. Waits only while too many lines are unwritten: none is ever dropped to make room.</summary>
    /// <exception cref="StorageFullException">Too many lines wait, and there is no room to write them. This one was not added.</exception>
    /// <exception cref="AccountStoreException">Too many lines wait, and the backend failed. This one was not added.</exception>
    public async ValueTask NoteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        while (!TryAdd(entry))
            await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what was noted until now.</summary>
    /// <exception cref="StorageFullException">There is no room. What was not written waits on.</exception>
    /// <exception cref="AccountStoreException">The backend failed. What was not written waits on.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => _flush.FlushAsync(cancellationToken);

    /// <summary>Writes what is left, if that is possible.</summary>
    public ValueTask DisposeAsync() => _flush.DisposeAsync();

    private bool TryAdd(AuditEntry entry)
    {
        int count;
        lock (_gate)
        {
            if (_waiting.Count >= MaxWaiting)
                return false;
            _waiting.Add(entry);
            count = _waiting.Count;
        }

        if (count == MaxBatch)
            _flush.FlushSoon();
        return true;
    }

    private async Task FlushAllAsync(CancellationToken cancellationToken)
    {
        List<AuditEntry> taken = Take();
        int written = 0;
        try
        {
            foreach (AuditEntry[] batch in taken.Chunk(MaxBatch))
            {
                // Not cancelled half-way: it could not be told what was written.
                await _log.AddAsync(batch, CancellationToken.None).ConfigureAwait(false);
                written += batch.Length;
            }
        }
        finally
        {
            if (written < taken.Count)
                GiveBack(taken[written..]);
        }
    }

    private List<AuditEntry> Take()
    {
        lock (_gate)
        {
            List<AuditEntry> taken = _waiting;
            if (taken.Count > 0)
                _waiting = [];
            return taken;
        }
    }

    private void GiveBack(List<AuditEntry> lines)
    {
        lock (_gate)
            _waiting.InsertRange(0, lines);
    }
}
