using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>The blob index in SQLite.</summary>
internal sealed class SqliteBlobIndex(WriteQueue writer, ReaderPool readers) : IBlobIndex, IDisposable
{
    private const int PageRows = 512;

    private readonly SemaphoreSlim _rebuildTurn = new(1);

    /// <summary>Rows that a running rebuild must not drop, since something was noted of them. Only the writer's thread uses it.</summary>
    private RowIdSet? _touched;

    public async ValueTask WriteAsync(IReadOnlyList<KeyValuePair<Digest, BlobNote>> notes, CancellationToken cancellationToken)
    {
        try
        {
            await writer.RunAsync(connection => Write(connection, notes), cancellationToken).ConfigureAwait(false);
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
                    "SELECT digest, length, stored_at, read_at, shown_at FROM blobs WHERE substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1");
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

    public async IAsyncEnumerable<BlobUsage> ListLeastRecentlyUsedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What is read during the walk moves after this end, so the walk ends.
        long endMs = await ReadAsync(
            connection =>
            {
                using Statement newest = connection.Prepare("SELECT max(read_at) FROM blobs");
                return newest.Step() && !newest.IsNull(0) ? newest.Int64(0) : long.MinValue;
            },
            cancellationToken).ConfigureAwait(false);

        (long UsedAtMs, long Id) after = (long.MinValue, long.MinValue);
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

    public ValueTask<IReadOnlyList<BlobDue>> ListDueAsync(DateTimeOffset before, BlobDue? after, int maxCount, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<BlobDue>>(
            connection =>
            {
                List<BlobDue> due = [];
                using Statement select = connection.Prepare(
                    "SELECT digest, length, verified_at, id FROM blobs WHERE (verified_at, id) > (?1, ?2) AND verified_at < ?3 ORDER BY verified_at, id LIMIT ?4");
                select.Bind(1, after?.VerifiedAt.ToUnixTimeMilliseconds() ?? long.MinValue).Bind(2, after?.Position ?? long.MinValue);
                select.Bind(3, before.ToUnixTimeMilliseconds()).Bind(4, maxCount);
                while (select.Step())
                    due.Add(new BlobDue(new Digest(select.Bytes(0)), select.Int64(1), DateTimeOffset.FromUnixTimeMilliseconds(select.Int64(2)), select.Int64(3)));
                return due;
            },
            cancellationToken);

    public ValueTask<long> CountDueAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        ReadAsync(
            connection =>
            {
                using Statement count = connection.Prepare("SELECT count(*) FROM blobs WHERE verified_at < ?1");
                return count.Bind(1, before.ToUnixTimeMilliseconds()).Step() ? count.Int64(0) : 0;
            },
            cancellationToken);

    public async ValueTask<BlobTotals> RebuildAsync(IAsyncEnumerable<BlobInfo> blobs, CancellationToken cancellationToken)
    {
        await _rebuildTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var rebuild = new BlobIndexRebuild(writer, readers, seen => _touched = seen);
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

    public void Dispose() => _rebuildTurn.Dispose();

    private bool Write(Connection connection, IReadOnlyList<KeyValuePair<Digest, BlobNote>> notes)
    {
        BlobTotals change = default;
        var table = new BlobTable(connection, stackalloc byte[Digest.LengthBytes]);
        foreach ((Digest digest, BlobNote note) in notes)
        {
            if (table.Apply(digest, note, ref change) is { } id)
                _touched?.Add(id);
        }

        if (change != default)
            table.AddToTotals(change);
        return true;
    }

    private static (long UsedAtMs, long Id) ReadPage(Connection connection, (long UsedAtMs, long Id) after, long endMs, List<BlobUsage> page)
    {
        using Statement select = connection.Prepare(
            "SELECT digest, length, stored_at, read_at, shown_at, id FROM blobs " +
            "WHERE (read_at, id) > (?1, ?2) AND read_at <= ?3 ORDER BY read_at, id LIMIT ?4");
        select.Bind(1, after.UsedAtMs).Bind(2, after.Id).Bind(3, endMs).Bind(4, PageRows);
        while (select.Step())
        {
            page.Add(Usage(select));
            after = (select.Int64(3), select.Int64(5));
        }

        return after;
    }

    private static BlobUsage Usage(Statement row) =>
        new(
            new Digest(row.Bytes(0)),
            row.Int64(1),
            DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(2)),
            DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(3)),
            DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(4)));

    private async ValueTask<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            return read(lease.Connection);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("The blob index was not read");
        }
    }
}
