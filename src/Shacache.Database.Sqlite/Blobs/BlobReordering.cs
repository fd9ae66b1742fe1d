using System.Diagnostics;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>Ranks all rows by another order, in small transactions with pauses, so that no other transaction waits for it.</summary>
/// <remarks>Where it is, is stored with each step.</remarks>
internal sealed class BlobReordering(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider)
{
    private const int PageRows = 512;

    public async Task RunAsync(EvictionOrder order, CancellationToken cancellationToken)
    {
        long? next = await writer.RunAsync(connection => Begin(connection, order), cancellationToken).ConfigureAwait(false);
        List<long> page = [];
        while (next is { } from)
        {
            page.Clear();
            using (ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false))
                ReadPage(lease.Connection, from, page);
            next = page.Count == PageRows ? page[^1] + 1 : null;
            long? then = next;
            long began = Stopwatch.GetTimestamp();
            await writer.RunAsync(connection => Rank(connection, page, then), cancellationToken).ConfigureAwait(false);

            // As long as that took, the writer is there for others.
            if (next is not null)
                await Task.Delay(Stopwatch.GetElapsedTime(began), timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>From which row on ranks may be of the other order; null when none is.</returns>
    private static long? Begin(Connection connection, EvictionOrder order)
    {
        if (OrderTable.Read(connection).Kind != order)
        {
            using Statement set = connection.Prepare("UPDATE blob_order SET kind = ?1, age = 0, next_id = ?2");
            set.Bind(1, (long)order).Bind(2, long.MinValue).Run();
        }

        using Statement next = connection.Prepare("SELECT next_id FROM blob_order");
        return next.Step() && !next.IsNull(0) ? next.Int64(0) : null;
    }

    private static void ReadPage(Connection connection, long from, List<long> page)
    {
        using Statement select = connection.Prepare("SELECT id FROM blobs WHERE id >= ?1 ORDER BY id LIMIT ?2");
        select.Bind(1, from).Bind(2, PageRows);
        while (select.Step())
            page.Add(select.Int64(0));
    }

    private static bool Rank(Connection connection, List<long> page, long? next)
    {
        var table = new BlobTable(connection, stackalloc byte[Digest.LengthBytes], new SentSums(), nowMs: 0);
        foreach (long id in page)
            table.RankAnew(id);
        using Statement set = connection.Prepare("UPDATE blob_order SET next_id = ?1");
        set.Bind(1, next).Run();
        return true;
    }
}
