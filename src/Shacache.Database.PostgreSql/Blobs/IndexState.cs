using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Blobs;

/// <summary>What the index knows of some blobs, read under its lock.</summary>
internal sealed class IndexState
{
    private const string SelectEntries =
        "SELECT d.digest, e.key, e.is_release, e.build_ms, e.fetch_ms FROM unnest($1) AS d (digest) CROSS JOIN LATERAL " +
        "(SELECT key, strpos(information, $2) > 0 AS is_release, build_ms, fetch_ms, id FROM entries WHERE digest = d.digest ORDER BY id DESC LIMIT $3) AS e ORDER BY e.id DESC";

    private const string SelectUpstreamKeys =
        "SELECT d.digest, e.key FROM unnest($1) AS d (digest) CROSS JOIN LATERAL " +
        "(SELECT l.key, l.id FROM upstream_entries u JOIN upstream_listings l ON l.id = u.listing WHERE u.digest = d.digest ORDER BY l.id DESC LIMIT $2) AS e ORDER BY e.id DESC";

    private readonly Dictionary<Digest, (long Id, BlobRecord Row)> _rows = [];
    private readonly Dictionary<Digest, List<ListedBlob>> _entries = [];
    private readonly Dictionary<Digest, List<string>> _upstreamPrefixes = [];

    private IndexState()
    {
    }

    /// <summary>The order in which room is made.</summary>
    public BlobOrder Order { get; private set; }

    /// <summary>The number of the last rebuild.</summary>
    public long Rebuild { get; private set; }

    /// <summary>The prefixes of keys that list any of the blobs.</summary>
    public IEnumerable<string> Prefixes => _entries.Values.SelectMany(list => list).Select(listed => listed.Prefix).Concat(_upstreamPrefixes.Values.SelectMany(list => list));

    /// <summary>Takes the lock of the index, and reads.</summary>
    /// <param name="session">Inside a transaction, which keeps the lock until its end.</param>
    /// <param name="digests">The blobs.</param>
    public static async Task<IndexState> ReadAsync(Session session, IEnumerable<Digest> digests)
    {
        var state = new IndexState();
        await session.RunAsync(
            Locks.Take(Locks.Index),
            new Query("SELECT kind, age, rebuild FROM blob_order").Into(row =>
            {
                state.Order = new BlobOrder((EvictionOrder)row.GetInt16(0), row.Int64(1));
                state.Rebuild = row.Int64(2);
            }),
            new Query($"SELECT digest, id, {BlobRow.Columns} FROM blobs WHERE digest = ANY ($1)").Add([.. digests.Select(digest => digest.ToBytes())])
                .Into(row => state._rows[row.Digest(0)] = (row.Int64(1), BlobRow.Read(row, 2)))).ConfigureAwait(false);
        return state;
    }

    /// <summary>Reads what entries tell of some of the blobs.</summary>
    public async Task ReadEntriesAsync(Session session, IReadOnlyCollection<Digest> digests)
    {
        if (digests.Count == 0)
            return;
        byte[][] wanted = [.. digests.Select(digest => digest.ToBytes())];
        await session.RunAsync(
            new Query(SelectEntries).Add(wanted).Add(ListedBlob.ReleaseMember).Add(ListedBlob.EnoughEntries).Into(row =>
                ListOf(_entries, row.Digest(0)).Add(new ListedBlob(KeyPrefix.Of(row.Text(1)), row.GetBoolean(2), row.Int64(3), row.Int64(4)))),
            new Query(SelectUpstreamKeys).Add(wanted).Add(ListedBlob.EnoughEntries).Into(row =>
                ListOf(_upstreamPrefixes, row.Digest(0)).Add(KeyPrefix.Of(row.Text(1))))).ConfigureAwait(false);
    }

    /// <summary>The row of a blob; null when there is none.</summary>
    public (long Id, BlobRecord Row)? Find(Digest digest) => _rows.TryGetValue(digest, out (long Id, BlobRecord Row) found) ? found : null;

    /// <summary>Adds to a row what all entries of its blob tell.</summary>
    public BlobRecord Classify(Digest digest, BlobRecord row, Func<string, long> numberOfPrefix)
    {
        if (row.Cache == 0)
            row = row with { Cache = (long)CacheKind.Download };
        foreach (ListedBlob listed in _entries.GetValueOrDefault(digest, []))
            row = listed.Join(row, numberOfPrefix);

        // How long it took to build is not believed of others.
        if (row.Cache == (long)CacheKind.Proximity && row.Prefix == BlobRecord.OtherPrefix)
            row = row with { Prefix = _upstreamPrefixes.GetValueOrDefault(digest, []).Select(numberOfPrefix).FirstOrDefault(number => number != BlobRecord.OtherPrefix) };
        return row;
    }

    private static List<T> ListOf<T>(Dictionary<Digest, List<T>> lists, Digest digest) =>
        lists.TryGetValue(digest, out List<T>? list) ? list : lists[digest] = [];
}
