using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Savings;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>The blob index in SQLite.</summary>
internal sealed class SqliteBlobIndex(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider) : IBlobIndex, IDisposable
{
    private const int PageRows = 512;

    private readonly SemaphoreSlim _rebuildTurn = new(1);

    /// <summary>Rows that a running rebuild must not drop, since something was noted of them. Only the writer's thread uses it.</summary>
    private RowIdSet? _touched;

    public async ValueTask<IReadOnlyList<Saving>> WriteAsync(IReadOnlyList<KeyValuePair<Digest, BlobNote>> notes, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(connection => Write(connection, notes), cancellationToken).ConfigureAwait(false);
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
                    $"SELECT {BlobRow.UsageColumns} FROM blobs WHERE substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1");
                find.BindBlob(1, bytes);
                return find.Step() ? BlobRow.Usage(find) : null;
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
        // What is used during the walk moves behind this end, so the walk ends.
        long end = await ReadAsync(OrderTable.FindLast, cancellationToken).ConfigureAwait(false);
        (long Rank, long Id) after = (long.MinValue, long.MinValue);
        List<BlobUsage> page = [];
        do
        {
            page.Clear();
            after = await ReadAsync(connection => ReadPage(connection, after, end, page), cancellationToken).ConfigureAwait(false);
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
            var rebuild = new BlobIndexRebuild(writer, readers, timeProvider, seen => _touched = seen);
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

    public async ValueTask OrderByAsync(EvictionOrder order, CancellationToken cancellationToken)
    {
        try
        {
            await new BlobReordering(writer, readers, timeProvider).RunAsync(order, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("The order of the blobs was not changed to its end");
        }
    }

    public async ValueTask NoteEvictedAsync(long rank, CancellationToken cancellationToken)
    {
        // By the other order it means nothing.
        if (!BlobRank.IsOf(EvictionOrder.Cost, rank))
            return;
        await WriteAsync(
            connection =>
            {
                using Statement update = connection.Prepare("UPDATE blob_order SET age = max(age, ?1) WHERE kind = ?2");
                update.Bind(1, rank).Bind(2, (long)EvictionOrder.Cost).Run();
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask PostponeAsync(IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        long nowMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        await WriteAsync(
            connection =>
            {
                var table = new BlobTable(connection, stackalloc byte[Digest.LengthBytes], new SentSums(), nowMs);
                foreach (Digest digest in digests)
                    table.Postpone(digest, nowMs);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<IReadOnlyList<BlobUsage>> FindTopAsync(BlobTop by, int limit, CancellationToken cancellationToken) =>
        new BlobScan(readers).FindTopAsync(by, limit, cancellationToken);

    public ValueTask<IReadOnlyList<BlobGroup>> FindTopGroupsAsync(BlobGrouping by, int limit, CancellationToken cancellationToken) =>
        new BlobScan(readers).FindTopGroupsAsync(by, limit, cancellationToken);

    public void Dispose() => _rebuildTurn.Dispose();

    private IReadOnlyList<Saving> Write(Connection connection, IReadOnlyList<KeyValuePair<Digest, BlobNote>> notes)
    {
        BlobTotals change = default;
        var sums = new SentSums();
        var table = new BlobTable(connection, stackalloc byte[Digest.LengthBytes], sums, timeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        foreach ((Digest digest, BlobNote note) in notes)
        {
            if (table.Apply(digest, note, ref change) is { } id)
                _touched?.Add(id);
        }

        if (change != default)
            table.AddToTotals(change);
        new SavingsTables(connection, timeProvider.GetUtcNow()).Add(sums);
        return sums.ToSavings(prefix => SavingsTables.NameOfPrefix(connection, prefix));
    }

    private static (long Rank, long Id) ReadPage(Connection connection, (long Rank, long Id) after, long end, List<BlobUsage> page)
    {
        using Statement select = connection.Prepare(
            $"SELECT {BlobRow.UsageColumns} FROM blobs WHERE (rank, id) > (?1, ?2) AND rank <= ?3 ORDER BY rank, id LIMIT ?4");
        select.Bind(1, after.Rank).Bind(2, after.Id).Bind(3, end).Bind(4, PageRows);
        while (select.Step())
        {
            page.Add(BlobRow.Usage(select));
            after = (select.Int64(6), select.Int64(7));
        }

        return after;
    }

    private async ValueTask<T> WriteAsync<T>(Func<Connection, T> write, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(write, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("The order of the blobs was not changed");
        }
    }

    private ValueTask<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellationToken) => BlobScan.ReadAsync(readers, read, cancellationToken);
}
