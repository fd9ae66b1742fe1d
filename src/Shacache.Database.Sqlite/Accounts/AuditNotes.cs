using Shacache.Core.Accounts;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Accounts;

/// <summary>Lines of the audit log that wait to be written together: every second, or as soon as they fill a transaction.</summary>
internal sealed class AuditNotes : IAsyncDisposable
{
    /// <summary>How long a line waits at most.</summary>
    internal static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);

    /// <summary>Lines in one transaction, so that entries need not wait long for their turn.</summary>
    private const int MaxBatch = 256;

    /// <summary>Lines that wait at most: about a mebibyte.</summary>
    private const int MaxWaiting = 4096;

    private readonly WriteQueue _writer;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ITimer _timer;
    private List<AuditEntry> _waiting = [];
    private int _scheduled;

    public AuditNotes(WriteQueue writer, TimeProvider timeProvider)
    {
        _writer = writer;
        _timer = timeProvider.CreateTimer(static state => ((AuditNotes)state!).FlushSoon(), this, FlushInterval, FlushInterval);
    }

    /// <summary>Keeps a line until it is written. When there is no room, its caller writes what waits, or learns why that fails.</summary>
    /// <exception cref="SqliteFailureException">There is no room, and what waits cannot be written.</exception>
    public async ValueTask AddAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        while (!TryAdd(entry))
            await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what waits now.</summary>
    /// <exception cref="SqliteFailureException">Some of it could not be written, and waits on.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        List<AuditEntry> taken = Take();
        int written = 0;
        try
        {
            foreach (AuditEntry[] batch in taken.Chunk(MaxBatch))
            {
                // Not cancelled half-way: nobody could tell what was written.
                await _writer.RunAsync(connection => Write(connection, batch), CancellationToken.None).ConfigureAwait(false);
                written += batch.Length;
            }
        }
        finally
        {
            if (written < taken.Count)
                GiveBack(taken[written..]);
            _turn.Release();
        }
    }

    /// <summary>Writes what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await FlushQuietlyAsync().ConfigureAwait(false);
    }

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
            FlushSoon();
        return true;
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

    private void FlushSoon()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
            _ = Task.Run(FlushQuietlyAsync);
    }

    private async Task FlushQuietlyAsync()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        try
        {
            await FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SqliteFailureException or ObjectDisposedException)
        {
            // Full or failing disk: the lines wait for the next time. Or the database is closed.
        }
    }

    private static bool Write(Connection connection, AuditEntry[] batch)
    {
        foreach (AuditEntry entry in batch)
            AuditRow.Insert(connection, entry);
        return true;
    }
}
