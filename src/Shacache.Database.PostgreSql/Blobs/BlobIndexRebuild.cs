using Shacache.Core.Blobs;
using Shacache.Database.PostgreSql.Engine;
using Shacache.Database.PostgreSql.Savings;

namespace Shacache.Database.PostgreSql.Blobs;

/// <summary>Makes the index agree with the blob store, in small transactions.</summary>
/// <remarks>
/// Each rebuild has a number, which rows get that it meets, and those of which something is noted meanwhile, on any node. Rows that were there at the beginning and have a lower number
/// at the end are dropped. Several may run at once.
/// </remarks>
internal sealed class BlobIndexRebuild(Pool pool, Names names, TimeProvider time)
{
    private const int BatchRows = 256;
    private const int PageRows = 4096;

    private static readonly Attempt Rebuilding = new(Contract.Blobs, "The blob index was not rebuilt to its end");

    public async Task RunAsync(IAsyncEnumerable<BlobInfo> blobs, CancellationToken cancellationToken)
    {
        (long number, long lastId) = await pool.ChangeAsync(
            Rebuilding,
            async session =>
            {
                await session.RunAsync(Locks.Take(Locks.Index)).ConfigureAwait(false);
                return await session.FindAsync(
                    new Query("UPDATE blob_order SET rebuild = rebuild + 1 RETURNING rebuild, (SELECT coalesce(max(id), 0) FROM blobs)"),
                    row => (row.Int64(0), row.Int64(1))).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        List<BlobInfo> batch = new(BatchRows);
        await foreach (BlobInfo blob in blobs.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            batch.Add(blob);
            if (batch.Count == BatchRows)
                await EnsureAsync(batch, cancellationToken).ConfigureAwait(false);
        }

        await EnsureAsync(batch, cancellationToken).ConfigureAwait(false);
        for (long? after = 0; after is { } from;)
            after = await pool.ChangeAsync(Rebuilding, session => DropPageAsync(session, number, from, lastId), cancellationToken).ConfigureAwait(false);
    }

    private async Task EnsureAsync(List<BlobInfo> batch, CancellationToken cancellationToken)
    {
        // A store may list a blob twice when it is stored again meanwhile.
        KeyValuePair<Digest, BlobNote>[] notes =
            [.. batch.DistinctBy(blob => blob.Digest).Select(blob => KeyValuePair.Create(blob.Digest, BlobNote.Shown(blob.LengthBytes, blob.StoredAt.Ms())))];
        try
        {
            await pool.ChangeAsync(Rebuilding, session => NoteWriter.WriteAsync(session, notes, names, time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            names.Forget();
            throw;
        }

        batch.Clear();
    }

    /// <returns>After which row the next page begins; null when this was the last.</returns>
    private async Task<long?> DropPageAsync(Session session, long number, long after, long lastId)
    {
        await session.RunAsync(Locks.Take(Locks.Index)).ConfigureAwait(false);
        long? end = await session.FindAsync(
            new Query("SELECT max(id) FROM (SELECT id FROM blobs WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS page").Add(after).Add(lastId).Add(PageRows),
            row => row.Int64OrNull(0)).ConfigureAwait(false);
        if (end is not { } last)
            return null;
        List<byte[]> gone = [];
        BlobTotals change = default;
        await session.RunAsync(
            new Query("DELETE FROM blobs WHERE id > $1 AND id <= $2 AND seen < $3 RETURNING digest, length").Add(after).Add(last).Add(number).Into(row =>
            {
                gone.Add(row.Bytes(0));
                change = new BlobTotals(change.Count - 1, change.LengthBytes - row.Int64(1));
            })).ConfigureAwait(false);
        if (gone.Count > 0)
            await session.RunAsync(NoteWriter.MarkGone([.. gone], time.GetUtcNow()), NoteWriter.AddToTotals(change)).ConfigureAwait(false);
        return last;
    }
}
