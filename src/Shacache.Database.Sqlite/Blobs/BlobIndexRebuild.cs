using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>Makes the index agree with the blob store, in small transactions and in memory of one bit for each row.</summary>
/// <remarks>
/// Rows that were there at the beginning and that neither the store lists nor a note is about meanwhile are dropped at the end.
/// One runs at a time.
/// </remarks>
internal sealed class BlobIndexRebuild(WriteQueue writer, ReaderPool readers, TimeProvider time, Action<RowIdSet?> noteInto)
{
    private const int BatchRows = 256;
    private const int PageRows = 4096;

    private readonly RowIdSet _seen = new();

    public async Task RunAsync(IAsyncEnumerable<BlobInfo> blobs, CancellationToken cancellationToken)
    {
        long lastId = await writer.RunAsync(Begin, cancellationToken).ConfigureAwait(false);
        try
        {
            List<BlobInfo> batch = new(BatchRows);
            await foreach (BlobInfo blob in blobs.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                batch.Add(blob);
                if (batch.Count == BatchRows)
                    await EnsureAsync(batch, cancellationToken).ConfigureAwait(false);
            }

            await EnsureAsync(batch, cancellationToken).ConfigureAwait(false);
            await DropOthersAsync(lastId, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await writer.RunAsync(End, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private long Begin(Connection connection)
    {
        noteInto(_seen);
        using Statement last = connection.Prepare("SELECT max(id) FROM blobs");
        return last.Step() && !last.IsNull(0) ? last.Int64(0) : long.MinValue;
    }

    private bool End(Connection connection)
    {
        noteInto(null);
        return true;
    }

    private async Task EnsureAsync(List<BlobInfo> batch, CancellationToken cancellationToken)
    {
        await writer.RunAsync(
            connection =>
            {
                BlobTotals change = default;
                var table = new BlobTable(connection, stackalloc byte[Digest.LengthBytes], new SentSums(), time.GetUtcNow().ToUnixTimeMilliseconds());
                foreach (BlobInfo blob in batch)
                    _seen.Add(table.Ensure(blob, ref change)!.Value);
                table.AddToTotals(change);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        batch.Clear();
    }

    private async Task DropOthersAsync(long lastId, CancellationToken cancellationToken)
    {
        long after = long.MinValue;
        List<long> page = [];
        do
        {
            page.Clear();
            using (ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false))
                ReadPage(lease.Connection, after, lastId, page);
            if (page.Count > 0)
            {
                after = page[^1];
                await writer.RunAsync(connection => Drop(connection, page), cancellationToken).ConfigureAwait(false);
            }
        }
        while (page.Count == PageRows);
    }

    private static void ReadPage(Connection connection, long after, long lastId, List<long> page)
    {
        using Statement select = connection.Prepare("SELECT id FROM blobs WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3");
        select.Bind(1, after).Bind(2, lastId).Bind(3, PageRows);
        while (select.Step())
            page.Add(select.Int64(0));
    }

    /// <summary>The set is asked here, on the writer's thread: what was noted before is in it.</summary>
    private bool Drop(Connection connection, List<long> page)
    {
        BlobTotals change = default;
        var table = new BlobTable(connection, stackalloc byte[Digest.LengthBytes], new SentSums(), time.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (long id in page)
        {
            if (!_seen.Contains(id))
                table.Delete(id, ref change);
        }

        table.AddToTotals(change);
        return true;
    }
}
