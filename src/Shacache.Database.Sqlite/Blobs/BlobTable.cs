using Shacache.Core.Blobs;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>Changes to table <c>blobs</c> and, with them, to its totals. Runs on the writer's thread, inside its transaction.</summary>
internal readonly ref struct BlobTable
{
    private const string SameDigest = "substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1";

    private readonly Connection _connection;
    private readonly Span<byte> _digest;

    /// <param name="connection">The writer's.</param>
    /// <param name="buffer">Room for the bytes of a digest.</param>
    public BlobTable(Connection connection, Span<byte> buffer)
    {
        _connection = connection;
        _digest = buffer;
    }

    /// <summary>Applies a note.</summary>
    /// <param name="digest">The blob it is about.</param>
    /// <param name="note">What is to be so afterwards.</param>
    /// <param name="totals">Changed as the rows are.</param>
    /// <returns>The id of the row that is there now; null when there is none.</returns>
    public long? Apply(Digest digest, BlobNote note, ref BlobTotals totals)
    {
        digest.CopyTo(_digest);
        if (note.Drop)
            Delete(ref totals);
        return note.Keep ? Upsert(note, ref totals) : null;
    }

    /// <summary>Makes sure that a blob of the store has a row of the right length. When it was last used stays as it is.</summary>
    /// <returns>The id of the row.</returns>
    public long? Ensure(BlobInfo blob, ref BlobTotals totals)
    {
        blob.Digest.CopyTo(_digest);
        return Upsert(BlobNote.Shown(blob.LengthBytes, blob.StoredAt.ToUnixTimeMilliseconds()), ref totals);
    }

    /// <summary>Removes a row by its id.</summary>
    public void Delete(long id, ref BlobTotals totals)
    {
        using Statement delete = _connection.Prepare("DELETE FROM blobs WHERE id = ?1 RETURNING length");
        delete.Bind(1, id);
        Subtract(delete, ref totals);
    }

    /// <summary>Adds the sum of all changes to the totals.</summary>
    public void AddToTotals(BlobTotals change)
    {
        using Statement update = _connection.Prepare("UPDATE blob_totals SET count = count + ?1, length = length + ?2");
        update.Bind(1, change.Count).Bind(2, change.LengthBytes).Run();
    }

    private static void Subtract(Statement delete, ref BlobTotals totals)
    {
        while (delete.Step())
            totals = new BlobTotals(totals.Count - 1, totals.LengthBytes - delete.Int64(0));
    }

    private void Delete(ref BlobTotals totals)
    {
        using Statement delete = _connection.Prepare($"DELETE FROM blobs WHERE {SameDigest} RETURNING length");
        delete.BindBlob(1, _digest);
        Subtract(delete, ref totals);
    }

    private long? Upsert(BlobNote note, ref BlobTotals totals)
    {
        using Statement find = _connection.Prepare($"SELECT id, length, read_at, shown_at, verified_at FROM blobs WHERE {SameDigest}");
        find.BindBlob(1, _digest);
        if (!find.Step())
            return note.LengthBytes is { } newBytes ? Insert(note, newBytes, ref totals) : null;

        long id = find.Int64(0);
        (long LengthBytes, long UsedMs, long ShownMs, long VerifiedMs) old = (find.Int64(1), find.Int64(2), find.Int64(3), find.Int64(4));
        (long LengthBytes, long UsedMs, long ShownMs, long VerifiedMs) row = (
            note.LengthBytes ?? old.LengthBytes, Math.Max(old.UsedMs, note.UsedMs), Math.Max(old.ShownMs, note.ShownMs), Math.Max(old.VerifiedMs, note.VerifiedMs));
        if (row == old)
            return id;
        if (row.VerifiedMs != old.VerifiedMs)
        {
            // Apart from the rest, so that a use does not touch the index of these times.
            using Statement verify = _connection.Prepare("UPDATE blobs SET verified_at = ?2 WHERE id = ?1");
            verify.Bind(1, id).Bind(2, row.VerifiedMs).Run();
        }

        if (row with { VerifiedMs = old.VerifiedMs } == old)
            return id;
        using Statement update = _connection.Prepare("UPDATE blobs SET length = ?2, read_at = ?3, shown_at = ?4 WHERE id = ?1");
        update.Bind(1, id).Bind(2, row.LengthBytes).Bind(3, row.UsedMs).Bind(4, row.ShownMs).Run();
        totals = totals with { LengthBytes = totals.LengthBytes + row.LengthBytes - old.LengthBytes };
        return id;
    }

    private long Insert(BlobNote note, long lengthBytes, ref BlobTotals totals)
    {
        using Statement insert = _connection.Prepare(
            "INSERT INTO blobs (digest, length, stored_at, read_at, shown_at, verified_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id");
        insert.BindBlob(1, _digest).Bind(2, lengthBytes).Bind(3, note.SinceMs).Bind(4, Math.Max(note.SinceMs, note.UsedMs)).Bind(5, note.ShownMs)
            .Bind(6, note.VerifiedMs);
        long id = insert.Step() ? insert.Int64(0) : 0;
        totals = new BlobTotals(totals.Count + 1, totals.LengthBytes + lengthBytes);
        return id;
    }
}
