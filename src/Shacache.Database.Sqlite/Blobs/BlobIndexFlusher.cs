using Shacache.Core.Blobs;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>Writes what was noted of blobs: every few seconds, when the notes run out of room, when it is asked to, and at the end.</summary>
internal sealed class BlobIndexFlusher : IAsyncDisposable
{
    /// <summary>Notes in one transaction, so that entries need not wait long for their turn.</summary>
    private const int MaxBatch = 256;

    private readonly BlobNotes _notes;
    private readonly WriteQueue _writer;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ITimer _timer;
    private int _scheduled;

    public BlobIndexFlusher(BlobNotes notes, WriteQueue writer, TimeProvider timeProvider, TimeSpan interval)
    {
        _notes = notes;
        _writer = writer;
        _timer = timeProvider.CreateTimer(static state => ((BlobIndexFlusher)state!).FlushSoon(), this, interval, interval);
    }

    /// <summary>Rows that a running rebuild must not drop, since something was noted of them. Only the writer's thread uses it.</summary>
    public RowIdSet? Touched { get; set; }

    /// <summary>Begins to flush, unless that is about to happen anyway. What cannot be written waits for the next time.</summary>
    public void FlushSoon()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
            _ = Task.Run(FlushQuietlyAsync);
    }

    /// <summary>Writes what was noted until now.</summary>
    /// <exception cref="SqliteFailureException">Some of it could not be written, and waits for the next time.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (int part = 0; part < BlobNotes.Parts; part++)
                await FlushPartAsync(part, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Writes what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        // Later calls of FlushSoon do nothing.
        Interlocked.Exchange(ref _scheduled, 1);
        try
        {
            await FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (SqliteFailureException)
        {
            // Full or failing disk: what is lost is found again when the blobs are read.
        }
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
            // The notes wait for the next time, or the database is closed.
        }
    }

    private async Task FlushPartAsync(int part, CancellationToken cancellationToken)
    {
        Dictionary<Digest, BlobNote> notes = _notes.Take(part);
        bool written = false;
        try
        {
            if (notes.Count > 0)
            {
                foreach (KeyValuePair<Digest, BlobNote>[] batch in notes.Chunk(MaxBatch))
                    await _writer.RunAsync(connection => Write(connection, batch), cancellationToken).ConfigureAwait(false);
            }

            written = true;
        }
        finally
        {
            _notes.Done(part, written);
        }
    }

    private bool Write(Connection connection, KeyValuePair<Digest, BlobNote>[] batch)
    {
        BlobTotals change = default;
        var table = new BlobTable(connection, stackalloc byte[Digest.LengthBytes]);
        foreach ((Digest digest, BlobNote note) in batch)
        {
            if (table.Apply(digest, note, ref change) is { } id)
                Touched?.Add(id);
        }

        if (change != default)
            table.AddToTotals(change);
        return true;
    }
}
