using Npgsql;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Blobs;

/// <summary>How a <see cref="BlobRecord"/> looks in table <c>blobs</c>.</summary>
internal static class BlobRow
{
    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    public const string Columns = "length, rank, read_at, shown_at, uses, cache, prefix, uploader, build_ms, fetch_ms";

    /// <summary>The columns that <see cref="Usage"/> wants, in its order.</summary>
    public const string UsageColumns = "digest, length, stored_at, read_at, shown_at, uses, rank, id";

    private const string Update =
        "UPDATE blobs SET length = u.length, rank = u.rank, read_at = u.read_at, shown_at = u.shown_at, uses = u.uses, cache = u.cache, prefix = u.prefix, " +
        "uploader = u.uploader, build_ms = u.build_ms, fetch_ms = u.fetch_ms, verified_at = greatest(blobs.verified_at, u.verified_at), seen = greatest(blobs.seen, u.seen) " +
        "FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) " +
        "AS u (length, rank, read_at, shown_at, uses, cache, prefix, uploader, build_ms, fetch_ms, verified_at, seen, id) WHERE blobs.id = u.id";

    private const string Insert =
        "INSERT INTO blobs (length, rank, read_at, shown_at, uses, cache, prefix, uploader, build_ms, fetch_ms, verified_at, seen, stored_at, digest) " +
        "SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

    /// <summary>Reads the columns named above.</summary>
    /// <param name="row">A row.</param>
    /// <param name="first">Where they are selected.</param>
    public static BlobRecord Read(NpgsqlDataReader row, int first) => new(
        row.Int64(first), row.Int64(first + 1), row.Int64(first + 2), row.Int64(first + 3), row.Int64(first + 4), row.Int64(first + 5), row.Int64(first + 6),
        row.Int64(first + 7), row.Int64(first + 8), row.Int64(first + 9));

    /// <summary>Reads the columns of a usage.</summary>
    public static BlobUsage Usage(NpgsqlDataReader row) =>
        new(row.Digest(0), row.Int64(1), row.Time(2), row.Time(3), row.Time(4), row.Int64(5), row.Int64(6));

    /// <summary>Writes rows that are there.</summary>
    public static Query Write(IReadOnlyList<BlobChange> changes) => Columnwise(new Query(Update), changes).Add(Column(changes, change => change.Id));

    /// <summary>Writes rows that are new.</summary>
    public static Query WriteNew(IReadOnlyList<BlobChange> changes) => Columnwise(new Query(Insert), changes)
        .Add(Column(changes, change => change.StoredMs)).Add([.. changes.Select(change => change.Digest.ToBytes())]);

    private static Query Columnwise(Query query, IReadOnlyList<BlobChange> changes) => query
        .Add(Column(changes, change => change.Row.LengthBytes)).Add(Column(changes, change => change.Row.Rank)).Add(Column(changes, change => change.Row.UsedMs))
        .Add(Column(changes, change => change.Row.ShownMs)).Add(Column(changes, change => change.Row.Uses)).Add(Column(changes, change => change.Row.Cache))
        .Add(Column(changes, change => change.Row.Prefix)).Add(Column(changes, change => change.Row.Uploader)).Add(Column(changes, change => change.Row.BuildMs))
        .Add(Column(changes, change => change.Row.FetchMs)).Add(Column(changes, change => change.VerifiedMs)).Add(Column(changes, change => change.Seen));

    private static long[] Column(IReadOnlyList<BlobChange> changes, Func<BlobChange, long> value)
    {
        long[] column = new long[changes.Count];
        for (int i = 0; i < column.Length; i++)
            column[i] = value(changes[i]);
        return column;
    }
}

/// <summary>A row to be written.</summary>
/// <param name="Id">Its number; 0 for a new one.</param>
/// <param name="Digest">The blob.</param>
/// <param name="Row">What it is to hold.</param>
internal sealed record BlobChange(long Id, Digest Digest, BlobRecord Row)
{
    /// <summary>When it was stored, of a new one.</summary>
    public long StoredMs { get; init; }

    /// <summary>When it was compared with its digest; 0 when it was not now.</summary>
    public long VerifiedMs { get; init; }

    /// <summary>The rebuild that has met it.</summary>
    public long Seen { get; init; }
}
