using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>The blob index in SQLite. Notes gather in memory and are written every few seconds.</summary>
internal sealed class SqliteBlobIndex : IBlobIndex, IAsyncDisposable
{
    /// <summary>How long a note waits at most before it is written.</summary>
    internal static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(5);

    private const int PageRows = 512;

    private readonly WriteQueue _writer;
    private readonly ReaderPool _readers;
    private readonly TimeProvider _timeProvider;
    private readonly BlobIndexFlusher _flusher;
    private readonly BlobNotes _notes = new();
    private readonly SemaphoreSlim _rebuildTurn = new(1);

    public SqliteBlobIndex(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider)
    {
        _writer = writer;
        _readers = readers;
        _timeProvider = timeProvider;
        _flusher = new BlobIndexFlusher(_notes, writer, timeProvider, FlushInterval);
    }

    public void NoteStored(Digest digest, long lengthBytes)
    {
        if (!_notes.TryStored(digest, lengthBytes, NowMs()))
            _flusher.FlushSoon();
    }

    public void NoteRead(Digest digest, long lengthBytes)
    {
        if (!_notes.TryRead(digest, lengthBytes, NowMs()))
            _flusher.FlushSoon();
    }

    public void NoteDeleted(Digest digest)
    {
        if (!_notes.TryDeleted(digest))
            _flusher.FlushSoon();
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _flusher.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("The blob index was not written");
        }
    }

    public async ValueTask<BlobUsage?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[Digest.LengthBytes];
        digest.CopyTo(bytes);
        return await ReadAsync<BlobUsage?>(
            connection =>
            {
                using Statement find = connection.Prepare(
                    "SELECT digest, length, stored_at, read_at FROM blobs WHERE substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1");
                find.BindBlob(1, bytes);
                return find.Step() ? Usage(find) : null;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<BlobTotals> CountAsync(CancellationToken cancellationToken) =>
        ReadAsync(
            connection =>
            {
                using Statement count = connection.Prepare("SELECT count, length FROM blob_totals");
                return count.Step() ? new BlobTotals(count.Int64(0), count.Int64(1)) : default;
            },
            cancellationToken);

    public async IAsyncEnumerable<BlobUsage> ListLeastRecentlyReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What is read while the walk goes on moves behind this end, so the walk cannot go on for ever.
        long endMs = await ReadAsync(
            connection =>
            {
                using Statement newest = connection.Prepare("SELECT max(read_at) FROM blobs");
                return newest.Step() && !newest.IsNull(0) ? newest.Int64(0) : long.MinValue;
            },
            cancellationToken).ConfigureAwait(false);

        (long ReadAtMs, long Id) after = (long.MinValue, long.MinValue);
        List<BlobUsage> page = [];
        do
        {
            page.Clear();
            after = await ReadAsync(connection => ReadPage(connection, after, endMs, page), cancellationToken).ConfigureAwait(false);
            foreach (BlobUsage usage in page)
                yield return usage;
        }
        while (page.Count == PageRows);
    }

    public async ValueTask<BlobTotals> RebuildAsync(IAsyncEnumerable<BlobInfo> blobs, CancellationToken cancellationToken)
    {
        await _rebuildTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _flusher.FlushAsync(cancellationToken).ConfigureAwait(false);
            var rebuild = new BlobIndexRebuild(_writer, _readers, _flusher);
            await rebuild.RunAsync(blobs, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("The blob index was not rebuilt to its end");
        }
        finally
        {
            _rebuildTurn.Release();
        }

        return await CountAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _flusher.DisposeAsync();

    private static (long ReadAtMs, long Id) ReadPage(Connection connection, (long ReadAtMs, long Id) after, long endMs, List<BlobUsage> page)
    {
        using Statement select = connection.Prepare(
            "SELECT digest, length, stored_at, read_at, id FROM blobs " +
            "WHERE (read_at, id) > (?1, ?2) AND read_at <= ?3 ORDER BY read_at, id LIMIT ?4");
        select.Bind(1, after.ReadAtMs).Bind(2, after.Id).Bind(3, endMs).Bind(4, PageRows);
        while (select.Step())
        {
            page.Add(Usage(select));
            after = (select.Int64(3), select.Int64(4));
        }

        return after;
    }

    private static BlobUsage Usage(Statement row) =>
        new(
            new Digest(row.Bytes(0)),
            row.Int64(1),
            DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(2)),
            DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(3)));

    private long NowMs() => _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    private async ValueTask<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await _readers.RentAsync(cancellationToken).ConfigureAwait(false);
            return read(lease.Connection);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("The blob index was not read");
        }
    }
}
