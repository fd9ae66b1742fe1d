using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Entries;

/// <summary>Marks entries whose content was taken away, and those whose content is back. Runs on the writer's thread, inside its transaction.</summary>
internal static class GoneEntries
{
    private const string SameDigest = "substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1";

    /// <summary>The content of entries is gone. Those that were marked before keep their time.</summary>
    /// <returns>How many entries name it.</returns>
    public static int Mark(Connection connection, ReadOnlySpan<byte> digest, long nowMs)
    {
        using Statement update = connection.Prepare($"UPDATE entries SET gone_at = ifnull(gone_at, ?2) WHERE {SameDigest}");
        update.BindBlob(1, digest).Bind(2, nowMs).Run();
        return connection.Changes;
    }

    /// <summary>Whether any entry is marked. Asked once for many uploads, which have nothing to look for when none is.</summary>
    public static bool Any(Connection connection)
    {
        using Statement select = connection.Prepare("SELECT 1 FROM entries WHERE gone_at IS NOT NULL LIMIT 1");
        return select.Step();
    }

    /// <summary>The content of entries is stored.</summary>
    public static void Unmark(Connection connection, ReadOnlySpan<byte> digest)
    {
        using Statement update = connection.Prepare($"UPDATE entries SET gone_at = NULL WHERE gone_at IS NOT NULL AND {SameDigest}");
        update.BindBlob(1, digest).Run();
    }
}
