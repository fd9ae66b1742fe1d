using Shacache.Core.Accounts;
using Shacache.Core.Retention;
using Shacache.Database.Sqlite.Accounts;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Retention;

/// <summary>Rows that are of no use any more.</summary>
internal static class StaleRows
{
    /// <summary>How many there are.</summary>
    public static long Count(Connection connection, StaleKind kind, DateTimeOffset before)
    {
        using Statement count = kind switch
        {
            StaleKind.ExpiredEntries => connection.Prepare("SELECT count(*) FROM entries WHERE expires_at < ?1"),
            StaleKind.DanglingEntries => connection.Prepare("SELECT count(*) FROM entries WHERE gone_at < ?1"),
            StaleKind.EndedRules => connection.Prepare("SELECT count(*) FROM rules WHERE ends_at < ?1"),
            _ => connection.Prepare("SELECT count(*) FROM audit_log WHERE at < ?1"),
        };
        return count.Bind(1, Limit(kind, before)).Step() ? count.Int64(0) : 0;
    }

    /// <summary>Deletes some. Inside the writer's transaction.</summary>
    public static long Delete(Connection connection, StaleKind kind, DateTimeOffset before, int maxCount, DateTimeOffset now)
    {
        if (kind == StaleKind.AuditLines)
            return DeleteLines(connection, before, maxCount, now);
        using Statement delete = kind switch
        {
            StaleKind.ExpiredEntries => connection.Prepare("DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE expires_at < ?1 LIMIT ?2)"),
            StaleKind.DanglingEntries => connection.Prepare("DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE gone_at < ?1 LIMIT ?2)"),
            _ => connection.Prepare("DELETE FROM rules WHERE id IN (SELECT id FROM rules WHERE ends_at < ?1 LIMIT ?2)"),
        };
        delete.Bind(1, Limit(kind, before)).Bind(2, maxCount).Run();
        return connection.Changes;
    }

    /// <summary>Deletes the oldest lines, by their position: a clock that jumped makes no hole in the middle.</summary>
    private static long DeleteLines(Connection connection, DateTimeOffset before, int maxCount, DateTimeOffset now)
    {
        long beforeMs = before.ToUnixTimeMilliseconds();
        Run(connection.Prepare("INSERT INTO audit_cleanup (before) VALUES (?1)"), beforeMs);
        long first, last, count = 0;
        using (Statement find = connection.Prepare("SELECT min(position) FROM audit_log"))
            first = last = find.Step() && !find.IsNull(0) ? find.Int64(0) : 0;
        using (Statement old = connection.Prepare("SELECT position, at FROM audit_log ORDER BY position LIMIT ?1"))
        {
            old.Bind(1, maxCount);
            while (old.Step() && old.Int64(1) < beforeMs)
                (last, count) = (old.Int64(0), count + 1);
        }

        if (count > 0)
        {
            Run(connection.Prepare("DELETE FROM audit_log WHERE position <= ?1"), last);
            AuditRow.Insert(
                connection,
                new AuditEntry(now, AuditEntry.Server, AuditAction.CleanUp, "audit-log", "local", $"{count} lines before {before.UtcDateTime:yyyy-MM-dd} removed, {first} to {last}"));
        }

        Run(connection.Prepare("DELETE FROM audit_cleanup WHERE before = ?1"), beforeMs);
        return count;
    }

    private static void Run(Statement statement, long value)
    {
        using (statement)
            statement.Bind(1, value).Run();
    }

    /// <summary>The time as the column has it.</summary>
    private static long Limit(StaleKind kind, DateTimeOffset before) => kind == StaleKind.ExpiredEntries ? before.UtcTicks : before.ToUnixTimeMilliseconds();
}
