using Npgsql;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Upstreams;

/// <summary>How an item looks in table <c>forwards</c>.</summary>
internal static class ForwardRow
{
    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    public const string Columns = "id, upstream, digest, key, information, signature, expires_at, queued_at, attempts::bigint, due_at, refused_at, problem";

    /// <summary>Adds content, unless it waits already.</summary>
    public static Query Add(string upstream, Digest content, long nowMs) => new Query(
        "INSERT INTO forwards (upstream, digest, queued_at, attempts, due_at) SELECT $1, $2, $3, 0, $3 " +
        "WHERE NOT EXISTS (SELECT 1 FROM forwards WHERE digest = $2 AND upstream = $1 AND key IS NULL AND refused_at IS NULL)")
        .Add(upstream).Add(content.ToBytes()).Add(nowMs);

    /// <summary>Adds an entry, unless it waits already.</summary>
    public static Query Add(string upstream, EntryKey key, SignedEntry entry, long nowMs) => new Query(
        "INSERT INTO forwards (upstream, digest, queued_at, attempts, due_at, key, information, signature, expires_at) SELECT $1, $2, $3, 0, $3, $4, $5, $6, $7 " +
        "WHERE NOT EXISTS (SELECT 1 FROM forwards WHERE digest = $2 AND upstream = $1 AND refused_at IS NULL AND key = $4 AND information = $5 AND signature = $6)")
        .Add(upstream).Add(entry.Digest.ToBytes()).Add(nowMs).Add(key.Value).Add(entry.Information).Add(entry.Signature).Add(entry.ExpiresAt?.UtcTicks);

    /// <summary>Reads the columns named above.</summary>
    public static ForwardItem Read(NpgsqlDataReader row)
    {
        Digest digest = row.Digest(2);
        bool isEntry = !row.IsDBNull(3);
        return new ForwardItem(
            row.Int64(0),
            row.Text(1),
            digest,
            isEntry ? EntryKey.Create(row.Text(3)) : null,
            isEntry ? SignedEntry.Restore(row.Text(4), row.Text(5), digest, row.TicksOrNull(6)) : null,
            row.Time(7),
            (int)row.Int64(8),
            row.Time(9),
            row.TimeOrNull(10),
            row.TextOrNull(11));
    }
}
