using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.PostgreSql.Engine;
using Shacache.Database.PostgreSql.Retention;
using Shacache.Database.PostgreSql.Savings;

namespace Shacache.Database.PostgreSql.Blobs;

/// <summary>Writes notes of blobs into the index, and with them its totals, what was saved, and the marks of entries whose blob went or came.</summary>
/// <remarks>A few statements for any number of notes, each over all of them. One transaction of one node at a time (<see cref="Locks.Index"/>).</remarks>
internal sealed class NoteWriter
{
    private readonly IndexState _state;
    private readonly Names _names;
    private readonly SentSums _sums = new();
    private readonly List<long> _deletedIds = [];
    private readonly List<byte[]> _gone = [];
    private readonly List<byte[]> _dropped = [];
    private readonly List<BlobChange> _updated = [];
    private readonly List<BlobChange> _inserted = [];
    private BlobTotals _change;

    private NoteWriter(IndexState state, Names names) => (_state, _names) = (state, names);

    /// <summary>Writes.</summary>
    /// <param name="session">Inside a transaction.</param>
    /// <param name="notes">At most one of each blob.</param>
    /// <param name="names">The numbers of prefixes and uploaders.</param>
    /// <param name="now">The time: entries whose blob goes are marked with it, and savings are of its day.</param>
    /// <returns>What was saved.</returns>
    public static async Task<IReadOnlyList<Saving>> WriteAsync(
        Session session, IReadOnlyList<KeyValuePair<Digest, BlobNote>> notes, Names names, DateTimeOffset now)
    {
        IndexState state = await IndexState.ReadAsync(session, notes.Select(note => note.Key)).ConfigureAwait(false);
        await state.ReadEntriesAsync(session, [.. notes.Where(note => MayBeClassified(state, note.Key, note.Value)).Select(note => note.Key)]).ConfigureAwait(false);
        await names.LearnAsync(session, state.Prefixes, notes.Select(note => note.Value.Uploader).OfType<string>()).ConfigureAwait(false);
        var writer = new NoteWriter(state, names);
        foreach ((Digest digest, BlobNote note) in notes)
            writer.Apply(digest, note);
        await session.RunAsync(writer.ToQueries(now)).ConfigureAwait(false);
        if (writer._sums.Saved.Count == 0)
            return [];
        Dictionary<long, string> prefixes = await Names.ReadPrefixesAsync(session).ConfigureAwait(false);
        return writer._sums.ToSavings(number => prefixes.GetValueOrDefault(number, KeyPrefix.Other));
    }

    private static bool MayBeClassified(IndexState state, Digest digest, BlobNote note) =>
        note.Drop || state.Find(digest) is not { } found || found.Row.Cache == 0 || note.Origin is not null;

    private void Apply(Digest digest, in BlobNote note)
    {
        (long Id, BlobRecord Row)? found = _state.Find(digest);
        BlobRecord counted = found?.Row ?? default;
        bool isNew = found is null;
        if (note.Drop)
            _dropped.Add(digest.ToBytes());
        if (note.Drop && found is { } gone)
        {
            _sums.Add(gone.Row, note.Sent);
            _deletedIds.Add(gone.Id);
            _change = new BlobTotals(_change.Count - 1, _change.LengthBytes - gone.Row.LengthBytes);
            isNew = true;
            if (!note.Keep || note.LengthBytes is null)
                _gone.Add(digest.ToBytes());
        }

        if (note.Keep && !isNew)
            counted = Update(found!.Value.Id, digest, counted, note);
        else if (note.Keep && note.LengthBytes is { } lengthBytes)
            counted = Insert(digest, lengthBytes, note);
        else if (found is null && note.Sent != default)
            counted = _state.Classify(digest, default, _names.PrefixOf);
        if (!(note.Drop && found is not null))
            _sums.Add(counted, note.Sent);
    }

    private BlobRecord Update(long id, Digest digest, BlobRecord old, in BlobNote note)
    {
        BlobRecord row = old.After(note, _names.UploaderOf);
        if (row.MustBeClassified(old))
            row = _state.Classify(digest, row, _names.PrefixOf);
        row = row.RankedAfter(old, note, _state.Order);

        // A rebuild that runs now must not drop it, even if nothing else changes.
        if (row != old || note.VerifiedMs > 0 || _state.Rebuild > 0)
            _updated.Add(new BlobChange(id, digest, row) { VerifiedMs = note.VerifiedMs, Seen = _state.Rebuild });
        _change = _change with { LengthBytes = _change.LengthBytes + row.LengthBytes - old.LengthBytes };
        return row;
    }

    private BlobRecord Insert(Digest digest, long lengthBytes, in BlobNote note)
    {
        BlobRecord row = _state.Classify(digest, BlobRecord.Begin(lengthBytes, note, _names.UploaderOf), _names.PrefixOf);
        row = row with { Rank = _state.Order.RankOf(row) };
        _inserted.Add(new BlobChange(0, digest, row) { StoredMs = note.SinceMs, VerifiedMs = note.VerifiedMs, Seen = _state.Rebuild });
        _change = new BlobTotals(_change.Count + 1, _change.LengthBytes + lengthBytes);
        return row;
    }

    private List<Query> ToQueries(DateTimeOffset now)
    {
        // Other nodes may keep copies. First of all, since what takes this lock waits for rows afterwards.
        List<Query> queries = _dropped.Count > 0 ? [.. Withdrawals.NoteGone([.. _dropped])] : [];
        if (_deletedIds.Count > 0)
            queries.Add(new Query("DELETE FROM blobs WHERE id = ANY ($1)").Add([.. _deletedIds]));
        if (_gone.Count > 0)
            queries.Add(MarkGone([.. _gone], now));
        if (_updated.Count > 0)
            queries.Add(BlobRow.Write(_updated));
        if (_inserted.Count > 0)
        {
            queries.Add(BlobRow.WriteNew(_inserted));
            queries.Add(new Query("UPDATE entries SET gone_at = NULL WHERE gone_at IS NOT NULL AND digest = ANY ($1)").Add([.. _inserted.Select(change => change.Digest.ToBytes())]));
        }

        if (_change != default)
            queries.Add(AddToTotals(_change));
        queries.AddRange(SavingsTables.Add(_sums.Saved, _sums.Traffic, now));
        return queries;
    }

    /// <summary>Marks entries whose content is gone. Those that were marked before keep their time.</summary>
    public static Query MarkGone(byte[][] digests, DateTimeOffset now) =>
        new Query("UPDATE entries SET gone_at = $2 WHERE gone_at IS NULL AND digest = ANY ($1)").Add(digests).Add(now.Ms());

    /// <summary>Adds the sum of all changes to the totals.</summary>
    public static Query AddToTotals(BlobTotals change) =>
        new Query("UPDATE blob_totals SET count = count + $1, length = length + $2").Add(change.Count).Add(change.LengthBytes);
}
