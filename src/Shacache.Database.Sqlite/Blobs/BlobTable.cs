using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Entries;
using Shacache.Database.Sqlite.Savings;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>Changes to table <c>blobs</c> and, with them, to its totals, to what was saved and to the entries that name a blob. Runs on the writer's thread, inside its transaction.</summary>
internal readonly ref struct BlobTable
{
    private const string SameDigest = "substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1";

    private readonly Connection _connection;
    private readonly Span<byte> _digest;
    private readonly BlobOrder _order;
    private readonly SentSums _sums;
    private readonly long _nowMs;
    private readonly bool _mayBeGone;

    /// <param name="connection">The writer's.</param>
    /// <param name="buffer">Room for the bytes of a digest.</param>
    /// <param name="sums">What was sent is added to it.</param>
    /// <param name="nowMs">The time, in milliseconds since 1970: entries whose blob goes are marked with it.</param>
    public BlobTable(Connection connection, Span<byte> buffer, SentSums sums, long nowMs)
    {
        _connection = connection;
        _digest = buffer;
        _sums = sums;
        _nowMs = nowMs;
        _order = OrderTable.Read(connection);
        _mayBeGone = GoneEntries.Any(connection);
    }

    /// <summary>Applies a note.</summary>
    /// <param name="digest">The blob it is about.</param>
    /// <param name="note">What is to be so afterwards.</param>
    /// <param name="totals">Changed as the rows are.</param>
    /// <returns>The id of the row that is there now; null when there is none.</returns>
    public long? Apply(Digest digest, in BlobNote note, ref BlobTotals totals)
    {
        digest.CopyTo(_digest);
        (long? id, BlobRecord old) = Find();
        bool wasCounted = false;
        if (note.Drop && id is { } gone)
        {
            _sums.Add(old, note.Sent);
            wasCounted = true;
            Delete(gone, ref totals);
            id = null;
        }

        if (note.Keep && id is { } known)
            old = Update(known, old, note, ref totals);
        else if (note.Keep && note.LengthBytes is { } lengthBytes)
            (id, old) = Insert(lengthBytes, note, ref totals);
        else if (!wasCounted && note.Sent != default)
            old = Classify(default);
        if (!wasCounted)
            _sums.Add(old, note.Sent);
        return note.Keep ? id : null;
    }

    /// <summary>Makes sure that a blob of the store has a row of the right length. When it was last used stays as it is.</summary>
    /// <returns>The id of the row.</returns>
    public long? Ensure(BlobInfo blob, ref BlobTotals totals) => Apply(blob.Digest, BlobNote.Shown(blob.LengthBytes, blob.StoredAt.ToUnixTimeMilliseconds()), ref totals);

    /// <summary>Learns what an entry that was put tells of its blob, if there is one.</summary>
    public void Learn(ReadOnlySpan<byte> digest, ListedBlob listed)
    {
        digest.CopyTo(_digest);
        Connection connection = _connection;
        if (Find() is not ({ } id, var old) || listed.Join(old, prefix => SavingsTables.FindPrefix(connection, prefix)) is var row && row == old)
            return;
        Update(id, row.RankedAfterEntry(_order));
    }

    /// <summary>Moves a blob to the end of the order.</summary>
    public void Postpone(Digest digest, long nowMs)
    {
        digest.CopyTo(_digest);
        if (Find() is ({ } id, var row))
            Update(id, row with { Rank = Math.Max(row.Rank, _order.Kind == EvictionOrder.Cost ? OrderTable.FindLast(_connection) : nowMs) });
    }

    /// <summary>Ranks a row by the order that is set now.</summary>
    public void RankAnew(long id)
    {
        using Statement find = _connection.Prepare($"SELECT {BlobRow.Columns} FROM blobs WHERE id = ?1");
        if (!find.Bind(1, id).Step())
            return;
        BlobRecord row = BlobRow.Read(find, 0);
        if (!BlobRank.IsOf(_order.Kind, row.Rank))
            Update(id, row with { Rank = _order.RankOf(row) });
    }

    /// <summary>Removes a row by its id.</summary>
    public void Delete(long id, ref BlobTotals totals)
    {
        using Statement delete = _connection.Prepare("DELETE FROM blobs WHERE id = ?1 RETURNING length, digest");
        delete.Bind(1, id);
        if (!delete.Step())
            return;
        totals = new BlobTotals(totals.Count - 1, totals.LengthBytes - delete.Int64(0));
        delete.Bytes(1).CopyTo(_digest);
        GoneEntries.Mark(_connection, _digest, _nowMs);
    }

    /// <summary>Adds the sum of all changes to the totals.</summary>
    public void AddToTotals(BlobTotals change)
    {
        using Statement update = _connection.Prepare("UPDATE blob_totals SET count = count + ?1, length = length + ?2");
        update.Bind(1, change.Count).Bind(2, change.LengthBytes).Run();
    }

    private (long? Id, BlobRecord Row) Find()
    {
        using Statement find = _connection.Prepare($"SELECT id, {BlobRow.Columns} FROM blobs WHERE {SameDigest}");
        return find.BindBlob(1, _digest).Step() ? (find.Int64(0), BlobRow.Read(find, 1)) : (null, default);
    }

    private BlobRecord Update(long id, BlobRecord old, in BlobNote note, ref BlobTotals totals)
    {
        BlobRecord row = old.After(note, FindUploader());
        if (row.MustBeClassified(old))
            row = Classify(row);
        row = row.RankedAfter(old, note, _order);
        if (row != old)
            Update(id, row);
        if (note.VerifiedMs > 0)
            Verify(id, note.VerifiedMs);
        totals = totals with { LengthBytes = totals.LengthBytes + row.LengthBytes - old.LengthBytes };
        return row;
    }

    private void Update(long id, BlobRecord row)
    {
        using Statement update = _connection.Prepare(
            "UPDATE blobs SET length = ?2, rank = ?3, read_at = ?4, shown_at = ?5, uses = ?6, cache = ?7, prefix = ?8, uploader = ?9, build_ms = ?10, fetch_ms = ?11 " +
            "WHERE id = ?1");
        update.Bind(1, id);
        BlobRow.Bind(update, 2, row);
        update.Run();
    }

    /// <summary>Apart from the rest, so that a use does not touch the index of these times.</summary>
    private void Verify(long id, long verifiedMs)
    {
        using Statement verify = _connection.Prepare("UPDATE blobs SET verified_at = ?2 WHERE id = ?1 AND verified_at < ?2");
        verify.Bind(1, id).Bind(2, verifiedMs).Run();
    }

    private (long Id, BlobRecord Row) Insert(long lengthBytes, in BlobNote note, ref BlobTotals totals)
    {
        BlobRecord row = Classify(BlobRecord.Begin(lengthBytes, note, FindUploader()));
        row = row with { Rank = _order.RankOf(row) };
        using Statement insert = _connection.Prepare(
            "INSERT INTO blobs (digest, stored_at, length, rank, read_at, shown_at, uses, cache, prefix, uploader, build_ms, fetch_ms, verified_at) " +
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING id");
        insert.BindBlob(1, _digest).Bind(2, note.SinceMs).Bind(13, note.VerifiedMs);
        BlobRow.Bind(insert, 3, row);
        long id = insert.Step() ? insert.Int64(0) : 0;
        if (_mayBeGone || note.Drop)
            GoneEntries.Unmark(_connection, _digest);
        totals = new BlobTotals(totals.Count + 1, totals.LengthBytes + lengthBytes);
        return (id, row);
    }

    private Func<string, long> FindUploader()
    {
        Connection connection = _connection;
        return account => ListedBlobs.FindUploader(connection, account);
    }

    /// <summary>Looks for what the entries of the blob tell.</summary>
    private BlobRecord Classify(BlobRecord row) => ListedBlobs.JoinAll(_connection, _digest, row);
}
