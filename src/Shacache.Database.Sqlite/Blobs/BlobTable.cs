using Shacache.Core.Blobs;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Entries;

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
        _order = BlobOrder.Read(connection);
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
        (long? id, BlobRow old) = Find();
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
        if (Find() is not ({ } id, var old) || listed.Join(_connection, old) is var row && row == old)
            return;
        Update(id, row with { Rank = BlobRank.IsOf(EvictionOrder.Cost, row.Rank) ? Math.Max(row.Rank, _order.RankOf(row)) : row.Rank });
    }

    /// <summary>Moves a blob to the end of the order.</summary>
    public void Postpone(Digest digest, long nowMs)
    {
        digest.CopyTo(_digest);
        if (Find() is ({ } id, var row))
            Update(id, row with { Rank = Math.Max(row.Rank, _order.Kind == EvictionOrder.Cost ? BlobOrder.FindLast(_connection) : nowMs) });
    }

    /// <summary>Ranks a row by the order that is set now.</summary>
    public void RankAnew(long id)
    {
        using Statement find = _connection.Prepare($"SELECT {BlobRow.Columns} FROM blobs WHERE id = ?1");
        if (!find.Bind(1, id).Step())
            return;
        var row = BlobRow.Read(find, 0);
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

    private (long? Id, BlobRow Row) Find()
    {
        using Statement find = _connection.Prepare($"SELECT id, {BlobRow.Columns} FROM blobs WHERE {SameDigest}");
        return find.BindBlob(1, _digest).Step() ? (find.Int64(0), BlobRow.Read(find, 1)) : (null, default);
    }

    private BlobRow Update(long id, BlobRow old, in BlobNote note, ref BlobTotals totals)
    {
        BlobRow row = Learn(old, note) with
        {
            LengthBytes = note.LengthBytes ?? old.LengthBytes,
            UsedMs = Math.Max(old.UsedMs, note.UsedMs),
            ShownMs = Math.Max(old.ShownMs, note.ShownMs),
            Uses = old.Uses + note.Sent.Uses,
        };
        if (row.Cache == 0 || row.Cache != old.Cache)
            row = Classify(row);

        // What was only shown keeps its rank: that is no use.
        if (note.UsedMs > 0 || row.Worth != old.Worth)
            row = row with { Rank = Math.Max(BlobRank.IsOf(_order.Kind, row.Rank) ? row.Rank : 0, _order.RankOf(row)) };
        if (row != old)
            Update(id, row);
        if (note.VerifiedMs > 0)
            Verify(id, note.VerifiedMs);
        totals = totals with { LengthBytes = totals.LengthBytes + row.LengthBytes - old.LengthBytes };
        return row;
    }

    private void Update(long id, BlobRow row)
    {
        using Statement update = _connection.Prepare(
            "UPDATE blobs SET length = ?2, rank = ?3, read_at = ?4, shown_at = ?5, uses = ?6, cache = ?7, prefix = ?8, uploader = ?9, build_ms = ?10, fetch_ms = ?11 " +
            "WHERE id = ?1");
        update.Bind(1, id);
        row.Bind(update, 2);
        update.Run();
    }

    /// <summary>Apart from the rest, so that a use does not touch the index of these times.</summary>
    private void Verify(long id, long verifiedMs)
    {
        using Statement verify = _connection.Prepare("UPDATE blobs SET verified_at = ?2 WHERE id = ?1 AND verified_at < ?2");
        verify.Bind(1, id).Bind(2, verifiedMs).Run();
    }

    private (long Id, BlobRow Row) Insert(long lengthBytes, in BlobNote note, ref BlobTotals totals)
    {
        BlobRow row = new(lengthBytes, 0, Math.Max(note.SinceMs, note.UsedMs), note.ShownMs, note.Sent.Uses, 0, 0, 0, 0, 0);
        row = Classify(Learn(row, note));
        row = row with { Rank = _order.RankOf(row) };
        using Statement insert = _connection.Prepare(
            "INSERT INTO blobs (digest, stored_at, length, rank, read_at, shown_at, uses, cache, prefix, uploader, build_ms, fetch_ms, verified_at) " +
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING id");
        insert.BindBlob(1, _digest).Bind(2, note.SinceMs).Bind(13, note.VerifiedMs);
        row.Bind(insert, 3);
        long id = insert.Step() ? insert.Int64(0) : 0;
        if (_mayBeGone || note.Drop)
            GoneEntries.Unmark(_connection, _digest);
        totals = new BlobTotals(totals.Count + 1, totals.LengthBytes + lengthBytes);
        return (id, row);
    }

    /// <summary>What a note tells of how the blob came: the first one counts.</summary>
    private BlobRow Learn(BlobRow row, in BlobNote note) => row with
    {
        Cache = note.Origin is { } origin ? (long)origin : row.Cache,
        FetchMs = Math.Max(row.FetchMs, note.OriginMs),
        Uploader = row.Uploader == 0 && note.Uploader is { } account ? ListedBlob.FindUploader(_connection, account) : row.Uploader,
    };

    /// <summary>Looks for what the entries of the blob tell.</summary>
    private BlobRow Classify(BlobRow row) => ListedBlob.JoinAll(_connection, _digest, row);
}
