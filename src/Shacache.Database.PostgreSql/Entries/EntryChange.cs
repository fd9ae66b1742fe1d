using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Entries;

/// <summary>An entry to be added, with what finds it, computed before its turn.</summary>
internal sealed class EntryChange
{
    private readonly EntryKey _key;
    private readonly SignedEntry _entry;
    private readonly EntryRoom? _room;
    private readonly EntryWorth _worth;
    private readonly AuditEntry? _audit;
    private readonly DateTimeOffset _now;
    private readonly byte[] _pair;
    private readonly byte[][] _mayGo;

    private const string AddEntry =
        "SELECT outcome, is_known FROM add_entry($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";

    private const string AddEntries = "SELECT added, known FROM add_entries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

    /// <param name="key">The key.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="room">How many the key may have, and what may go; null for any number.</param>
    /// <param name="worth">What it says about getting its content back, as far as it is believed.</param>
    /// <param name="audit">The line for the audit log; null for none.</param>
    /// <param name="now">The time.</param>
    public EntryChange(EntryKey key, SignedEntry entry, EntryRoom? room, EntryWorth worth, AuditEntry? audit, DateTimeOffset now)
    {
        (_key, _entry, _room, _worth, _audit, _now) = (key, entry, room, worth, audit, now);
        _pair = EntryRow.PairOf(key, entry);
        _mayGo = room is null ? [] : [.. room.MayGo.Select(old => EntryRow.PairOf(key, old))];
        Lock = EntryRow.LockOf(key);
    }

    /// <summary>The number of the key's lock.</summary>
    public int Lock { get; }

    /// <summary>The key.</summary>
    public EntryKey Key => _key;

    /// <summary>Whether it is added however many the key has.</summary>
    public bool HasAnyRoom => _room is null;

    /// <summary>How long its texts are, in characters.</summary>
    public int LengthChars => _entry.Information.Length + _entry.Signature.Length;

    /// <summary>How it ended, and whether the index knows the content; once a query has run that adds it.</summary>
    public (EntryAddition Addition, bool IsKnown) Result { get; private set; }

    /// <summary>What is said when it fails.</summary>
    public Attempt Attempt => new(Contract.Entries, $"The entry was not added under key {_key}");

    /// <summary>Adds this one.</summary>
    public Query ToQuery() => new Query(AddEntry)
        .Add(Locks.Key).Add(Lock).Add(_key.Value).Add(_pair).Add(_entry.Information).Add(_entry.Signature).Add(_entry.Digest.ToBytes())
        .Add(_entry.ExpiresAt?.UtcTicks).Add(_now.Ms()).Add(_now.UtcTicks).Add((long)_worth.BuildTime.TotalMilliseconds).Add((long)_worth.FetchTime.TotalMilliseconds)
        .Add((long?)_room?.MaxEntries).Add(_mayGo)
        .Add(_audit?.At.Ms()).Add(_audit?.Actor).Add((short?)_audit?.Action).Add(_audit?.Subject).Add(_audit?.From).Add(_audit?.Detail)
        .Into(row => Result = ((EntryAddition)(row.GetInt32(0) - 1), row.GetBoolean(1)));

    /// <summary>Adds several that have keys of their own and any room, in a fraction of the time.</summary>
    /// <param name="changes">They.</param>
    /// <param name="locks">The locks of all that the transaction adds, in their order, each once.</param>
    public static Query ToQuery(IReadOnlyList<EntryChange> changes, int[] locks)
    {
        T[] Of<T>(Func<EntryChange, T> select) => [.. changes.Select(select)];
        AuditEntry[] lines = [.. changes.Select(change => change._audit).OfType<AuditEntry>()];
        return new Query(AddEntries)
            .Add(Locks.Key).Add(locks).Add(Of(change => change._key.Value)).Add(Of(change => change._pair))
            .Add(Of(change => change._entry.Information)).Add(Of(change => change._entry.Signature)).Add(Of(change => change._entry.Digest.ToBytes()))
            .Add(Of(change => change._entry.ExpiresAt?.UtcTicks ?? 0)).Add(Of(change => change._now.Ms()))
            .Add(Of(change => (long)change._worth.BuildTime.TotalMilliseconds)).Add(Of(change => (long)change._worth.FetchTime.TotalMilliseconds))
            .Add([.. lines.Select(line => line.At.Ms())]).Add([.. lines.Select(line => line.Actor)]).Add([.. lines.Select(line => (int)line.Action)])
            .Add([.. lines.Select(line => line.Subject)]).Add([.. lines.Select(line => line.From)]).Add([.. lines.Select(line => line.Detail)])
            .Into(row =>
            {
                HashSet<string> added = [.. row.GetFieldValue<byte[][]>(0).Select(Convert.ToHexString)];
                HashSet<Digest> known = [.. row.GetFieldValue<byte[][]>(1).Select(bytes => new Digest(bytes))];
                foreach (EntryChange change in changes)
                {
                    EntryAddition addition = added.Contains(Convert.ToHexString(change._pair)) ? EntryAddition.Added : EntryAddition.AlreadyListed;
                    change.Result = (addition, known.Contains(change._entry.Digest));
                }
            });
    }
}
