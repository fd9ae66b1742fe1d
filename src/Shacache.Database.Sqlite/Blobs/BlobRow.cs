using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>How a <see cref="BlobRecord"/> looks in table <c>blobs</c>.</summary>
internal static class BlobRow
{
    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    public const string Columns = "length, rank, ifnull(read_at, rank), shown_at, uses, cache, prefix, uploader, build_ms, fetch_ms";

    /// <summary>The columns that <see cref="Usage"/> wants, in its order.</summary>
    public const string UsageColumns = "digest, length, stored_at, ifnull(read_at, rank), shown_at, uses, rank, id";

    /// <summary>Reads the columns named above.</summary>
    /// <param name="row">A statement.</param>
    /// <param name="first">Where it selects them.</param>
    public static BlobRecord Read(Statement row, int first) => new(
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

    /// <summary>Writes the columns of a record, in their order.</summary>
    /// <param name="statement">Where to.</param>
    /// <param name="first">The parameter of the first.</param>
    /// <param name="row">The record.</param>
    public static void Bind(Statement statement, int first, BlobRecord row) => statement
        .Bind(first, row.LengthBytes).Bind(first + 1, row.Rank).Bind(first + 2, row.UsedMs).Bind(first + 3, row.ShownMs).Bind(first + 4, row.Uses)
        .Bind(first + 5, row.Cache).Bind(first + 6, row.Prefix).Bind(first + 7, row.Uploader).Bind(first + 8, row.BuildMs).Bind(first + 9, row.FetchMs);
}
