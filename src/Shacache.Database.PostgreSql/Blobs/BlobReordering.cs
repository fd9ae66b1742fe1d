using System.Diagnostics;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Blobs;

/// <summary>Ranks all rows by another order, in small transactions with pauses, so that no other transaction waits for it.</summary>
/// <remarks>Where it is, is stored with each step: a node goes on where another was.</remarks>
internal sealed class BlobReordering(Pool pool, TimeProvider time)
{
    private const int PageRows = 512;

    private static readonly Attempt Ordering = new(Contract.Blobs, "The order of the blobs was not changed to its end");

    public async Task RunAsync(EvictionOrder order, CancellationToken cancellationToken)
    {
        bool goesOn = await pool.ChangeAsync(Ordering, session => BeginAsync(session, order), cancellationToken).ConfigureAwait(false);
        while (goesOn)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long began = Stopwatch.GetTimestamp();
            goesOn = await pool.ChangeAsync(Ordering, RankPageAsync, cancellationToken).ConfigureAwait(false);

            // As long as that took, the index is there for others.
            if (goesOn)
                await Task.Delay(Stopwatch.GetElapsedTime(began), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>Whether ranks may be of the other order.</returns>
    private static async Task<bool> BeginAsync(Session session, EvictionOrder order)
    {
        bool goesOn = false;
        await session.RunAsync(
            Locks.Take(Locks.Index),
            new Query("UPDATE blob_order SET kind = $1, age = 0, next_id = 0 WHERE kind <> $1").Add((short)order),
            new Query("SELECT next_id IS NOT NULL FROM blob_order").Into(row => goesOn = row.GetBoolean(0))).ConfigureAwait(false);
        return goesOn;
    }

    /// <returns>Whether there is another page.</returns>
    private static async Task<bool> RankPageAsync(Session session)
    {
        BlobOrder order = default;
        long? next = null;
        List<BlobChange> page = [];
        await session.RunAsync(
            Locks.Take(Locks.Index),
            new Query("SELECT kind, age, next_id FROM blob_order").Into(row =>
            {
                order = new BlobOrder((EvictionOrder)row.GetInt16(0), row.Int64(1));
                next = row.Int64OrNull(2);
            }),
            new Query($"SELECT digest, id, {BlobRow.Columns} FROM blobs WHERE id >= (SELECT next_id FROM blob_order) ORDER BY id LIMIT $1").Add(PageRows)
                .Into(row => page.Add(new BlobChange(row.Int64(1), row.Digest(0), BlobRow.Read(row, 2))))).ConfigureAwait(false);
        if (next is null)
            return false;
        bool goesOn = page.Count == PageRows;
        BlobChange[] changed =
            [.. page.Where(change => !BlobRank.IsOf(order.Kind, change.Row.Rank)).Select(change => change with { Row = change.Row with { Rank = order.RankOf(change.Row) } })];
        Query move = new Query("UPDATE blob_order SET next_id = $1").Add(goesOn ? page[^1].Id + 1 : (long?)null);
        await session.RunAsync(changed.Length == 0 ? [move] : [BlobRow.Write(changed), move]).ConfigureAwait(false);
        return goesOn;
    }
}
