using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Savings;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>What an entry tells of its blob.</summary>
/// <param name="Prefix">The prefix of the key that it is listed under.</param>
/// <param name="IsRelease">Whether it is about a built release.</param>
/// <param name="BuildMs">How long the build took; 0 when that is not known, or not to be believed.</param>
/// <param name="FetchMs">How long the blob took to come; 0 likewise.</param>
internal readonly record struct ListedBlob(string Prefix, bool IsRelease, long BuildMs, long FetchMs)
{
    /// <summary>What the entry of a release has, and no other.</summary>
    private const string ReleaseMember = "\"software_url\"";

    /// <summary>The newest ones are enough to know what a blob is. A constant in the statement: SQLite compiles anew what has a bound limit, each time.</summary>
    private const string Newest = "LIMIT 16";

    /// <summary>Where the gateway notes what it fetched, beside the keys of clients.</summary>
    private const string ReservedPrefix = "shacache-gateway:";

    public static bool IsOfRelease(string information) => information.Contains(ReleaseMember, StringComparison.Ordinal);

    /// <summary>The number of an account.</summary>
    public static long FindUploader(Connection connection, string account)
    {
        using (Statement find = connection.Prepare("SELECT id FROM uploaders WHERE name = ?1"))
        {
            if (find.BindText(1, account).Step())
                return find.Int64(0);
        }

        using Statement insert = connection.Prepare("INSERT INTO uploaders (name) VALUES (?1) RETURNING id");
        return insert.BindText(1, account).Step() ? insert.Int64(0) : 0;
    }

    /// <summary>Adds what all entries of a blob tell.</summary>
    public static BlobRow JoinAll(Connection connection, ReadOnlySpan<byte> digest, BlobRow row)
    {
        if (row.Cache == 0)
            row = row with { Cache = (long)CacheKind.Download };
        using Statement select = connection.Prepare(
            "SELECT key, instr(information, ?2) > 0, build_ms, fetch_ms FROM entries " +
            $"WHERE substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1 ORDER BY id DESC {Newest}");
        select.BindBlob(1, digest).BindText(2, ReleaseMember);
        while (select.Step())
            row = new ListedBlob(KeyPrefix.Of(select.Text(0)), select.Int64(1) != 0, select.Int64(2), select.Int64(3)).Join(connection, row);
        return row.Cache == (long)CacheKind.Proximity && row.Prefix == SavingsTables.OtherPrefix ? JoinUpstream(connection, digest, row) : row;
    }

    /// <summary>Adds what an upstream lists a blob under. How long it took to build is not believed of others.</summary>
    private static BlobRow JoinUpstream(Connection connection, ReadOnlySpan<byte> digest, BlobRow row)
    {
        using Statement select = connection.Prepare(
            "SELECT key FROM upstream_entries e JOIN upstream_listings l ON l.id = e.listing " +
            $"WHERE substr(e.digest, 1, 8) = substr(?1, 1, 8) AND e.digest = ?1 ORDER BY e.id DESC {Newest}");
        select.BindBlob(1, digest);
        while (row.Prefix == SavingsTables.OtherPrefix && select.Step())
            row = row with { Prefix = SavingsTables.FindPrefix(connection, KeyPrefix.Of(select.Text(0))) };
        return row;
    }

    /// <summary>Adds what this one tells. The first prefix counts.</summary>
    public BlobRow Join(Connection connection, BlobRow row)
    {
        if (Prefix == ReservedPrefix)
            return row;
        return row with
        {
            Cache = row.Cache > (long)CacheKind.Download ? row.Cache : (long)(IsRelease ? CacheKind.Binary : CacheKind.Download),
            Prefix = row.Prefix != SavingsTables.OtherPrefix ? row.Prefix : SavingsTables.FindPrefix(connection, Prefix),
            BuildMs = Math.Max(row.BuildMs, BuildMs),
            FetchMs = Math.Max(row.FetchMs, FetchMs),
        };
    }
}
