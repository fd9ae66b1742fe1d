using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Savings;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>What the entries of a blob tell. Runs on the writer's thread, inside its transaction.</summary>
internal static class ListedBlobs
{
    /// <summary>A constant in the statement: SQLite compiles anew what has a bound limit, each time.</summary>
    private const string Newest = "LIMIT 16";

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
    public static BlobRecord JoinAll(Connection connection, ReadOnlySpan<byte> digest, BlobRecord row)
    {
        if (row.Cache == 0)
            row = row with { Cache = (long)CacheKind.Download };
        using Statement select = connection.Prepare(
            "SELECT key, instr(information, ?2) > 0, build_ms, fetch_ms FROM entries " +
            $"WHERE substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1 ORDER BY id DESC {Newest}");
        select.BindBlob(1, digest).BindText(2, ListedBlob.ReleaseMember);
        while (select.Step())
        {
            var listed = new ListedBlob(KeyPrefix.Of(select.Text(0)), select.Int64(1) != 0, select.Int64(2), select.Int64(3));
            row = listed.Join(row, prefix => SavingsTables.FindPrefix(connection, prefix));
        }

        return row.Cache == (long)CacheKind.Proximity && row.Prefix == BlobRecord.OtherPrefix ? JoinUpstream(connection, digest, row) : row;
    }

    /// <summary>Adds what an upstream lists a blob under. How long it took to build is not believed of others.</summary>
    private static BlobRecord JoinUpstream(Connection connection, ReadOnlySpan<byte> digest, BlobRecord row)
    {
        using Statement select = connection.Prepare(
            "SELECT key FROM upstream_entries e JOIN upstream_listings l ON l.id = e.listing " +
            $"WHERE substr(e.digest, 1, 8) = substr(?1, 1, 8) AND e.digest = ?1 ORDER BY e.id DESC {Newest}");
        select.BindBlob(1, digest);
        while (row.Prefix == BlobRecord.OtherPrefix && select.Step())
            row = row with { Prefix = SavingsTables.FindPrefix(connection, KeyPrefix.Of(select.Text(0))) };
        return row;
    }
}
