using Shacache.Core.Blobs;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>What a row of table <c>blobs</c> has that changes.</summary>
/// <param name="LengthBytes">Length of the blob.</param>
/// <param name="Rank">Its place in the order in which room is made.</param>
/// <param name="UsedMs">Its last use, in milliseconds since 1970, as the next one.</param>
/// <param name="ShownMs">When a client was last told of it.</param>
/// <param name="Uses">How often it was used.</param>
/// <param name="Cache">A number of <see cref="CacheKind"/>; 0 when its entries were not looked at.</param>
/// <param name="Prefix">A row of <c>key_prefixes</c>.</param>
/// <param name="Uploader">A row of <c>uploaders</c>.</param>
/// <param name="BuildMs">How long its build took.</param>
/// <param name="FetchMs">How long it took to come.</param>
internal readonly record struct BlobRow(
    long LengthBytes, long Rank, long UsedMs, long ShownMs, long Uses, long Cache, long Prefix, long Uploader, long BuildMs, long FetchMs)
{
    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    public const string Columns = "length, rank, ifnull(read_at, rank), shown_at, uses, cache, prefix, uploader, build_ms, fetch_ms";

    /// <summary>The columns that <see cref="Usage"/> wants, in its order.</summary>
    public const string UsageColumns = "digest, length, stored_at, ifnull(read_at, rank), shown_at, uses, rank, id";

    /// <summary>What it is worth.</summary>
    public BlobWorth Worth => new(LengthBytes, Uses, BuildMs, FetchMs);

    /// <summary>Reads the columns named above.</summary>
    /// <param name="row">A statement.</param>
    /// <param name="first">Where it selects them.</param>
    public static BlobRow Read(Statement row, int first) => new(
        row.Int64(first), row.Int64(first + 1), row.Int64(first + 2), row.Int64(first + 3), row.Int64(first + 4), row.Int64(first + 5), row.Int64(first + 6),
        row.Int64(first + 7), row.Int64(first + 8), row.Int64(first + 9));

    /// <summary>Reads the columns of a usage.</summary>
    public static BlobUsage Usage(Statement row) => new(
        new Digest(row.Bytes(0)),
        row.Int64(1),
        DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(2)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(3)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(4)),
        row.Int64(5),
        row.Int64(6));

    /// <summary>Writes its columns, in their order.</summary>
    /// <param name="statement">Where to.</param>
    /// <param name="first">The parameter of the first.</param>
    public void Bind(Statement statement, int first) => statement
        .Bind(first, LengthBytes).Bind(first + 1, Rank).Bind(first + 2, UsedMs).Bind(first + 3, ShownMs).Bind(first + 4, Uses).Bind(first + 5, Cache)
        .Bind(first + 6, Prefix).Bind(first + 7, Uploader).Bind(first + 8, BuildMs).Bind(first + 9, FetchMs);
}
