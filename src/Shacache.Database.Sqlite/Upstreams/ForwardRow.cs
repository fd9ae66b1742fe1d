using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Upstreams;

/// <summary>How an item looks in table <c>forwards</c>.</summary>
internal static class ForwardRow
{
    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    public const string Columns = "id, upstream, digest, key, information, signature, expires_at, queued_at, attempts, due_at, refused_at, problem";

    public static Statement BindDigest(Statement statement, int parameter, Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.LengthBytes];
        digest.CopyTo(bytes);
        return statement.BindBlob(parameter, bytes);
    }

    /// <summary>Reads the columns named above.</summary>
    public static ForwardItem Read(Statement row)
    {
        var digest = new Digest(row.Bytes(2));
        return new ForwardItem(
            row.Int64(0),
            row.Text(1),
            digest,
            row.IsNull(3) ? null : EntryKey.Create(row.Text(3)),
            row.IsNull(3) ? null : ReadEntry(row, digest),
            Time(row.Int64(7)),
            (int)row.Int64(8),
            Time(row.Int64(9)),
            row.IsNull(10) ? null : Time(row.Int64(10)),
            row.IsNull(11) ? null : row.Text(11));
    }

    private static SignedEntry ReadEntry(Statement row, Digest digest) => SignedEntry.Restore(
        row.Text(4),
        row.IsBlob(5) ? Convert.ToBase64String(row.Bytes(5)) : row.Text(5),
        digest,
        row.IsNull(6) ? null : new DateTimeOffset(row.Int64(6), TimeSpan.Zero));

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
