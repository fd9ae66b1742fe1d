using System.Globalization;
using Shacache.Core.Accounts;
using Shacache.Core.Retention;
using Shacache.Database.PostgreSql.Accounts;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Retention;

/// <summary>Rows that are of no use any more.</summary>
internal static class StaleRows
{
    /// <summary>How many there are.</summary>
    public static async Task<long> CountAsync(Session session, StaleKind kind, DateTimeOffset before)
    {
        (string table, string column) = PlaceOf(kind);
        long count = 0;
        Query select = new Query($"SELECT count(*) FROM {table} WHERE {column} < $1").Add(Limit(kind, before)).Into(row => count = row.Int64(0));
        await session.RunAsync(select).ConfigureAwait(false);
        return count;
    }

    /// <summary>Deletes some.</summary>
    public static async Task<long> DeleteAsync(Session session, StaleKind kind, DateTimeOffset before, int maxCount, DateTimeOffset now)
    {
        if (kind == StaleKind.AuditLines)
            return await DeleteLinesAsync(session, before, maxCount, now).ConfigureAwait(false);
        (string table, string column) = PlaceOf(kind);

        // What another node is deleting is left to it.
        return await session.ChangeAsync(
            new Query($"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {column} < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)")
                .Add(Limit(kind, before)).Add(maxCount)).ConfigureAwait(false);
    }

    /// <summary>Deletes the oldest lines, by their position: a clock that jumped makes no hole in the middle.</summary>
    private static async Task<long> DeleteLinesAsync(Session session, DateTimeOffset before, int maxCount, DateTimeOffset now)
    {
        List<(long Position, long AtMs)> oldest = [];
        await session.RunAsync(
            Locks.Take(Locks.Administration),
            new Query("SELECT position, at FROM audit_log ORDER BY position LIMIT $1").Add(maxCount).Into(row => oldest.Add((row.Int64(0), row.Int64(1))))).ConfigureAwait(false);
        long count = oldest.TakeWhile(line => line.AtMs < before.Ms()).LongCount();
        if (count == 0)
            return 0;
        (long first, long last) = (oldest[0].Position, oldest[(int)count - 1].Position);
        string detail = string.Create(CultureInfo.InvariantCulture, $"{count} lines before {before.UtcDateTime:yyyy-MM-dd} removed, {first} to {last}");
        await session.RunAsync(
            new Query("INSERT INTO audit_cleanup (before) VALUES ($1)").Add(before.Ms()),
            new Query("DELETE FROM audit_log WHERE position BETWEEN $1 AND $2 AND at < $3").Add(first).Add(last).Add(before.Ms()),
            AuditRow.Insert(new AuditEntry(now, AuditEntry.Server, AuditAction.CleanUp, "audit-log", "local", detail)),
            new Query("DELETE FROM audit_cleanup")).ConfigureAwait(false);
        return count;
    }

    private static (string Table, string Column) PlaceOf(StaleKind kind) => kind switch
    {
        StaleKind.ExpiredEntries => ("entries", "expires_at"),
        StaleKind.DanglingEntries => ("entries", "gone_at"),
        StaleKind.EndedRules => ("rules", "ends_at"),
        _ => ("audit_log", "at"),
    };

    /// <summary>The time as the column has it.</summary>
    private static long Limit(StaleKind kind, DateTimeOffset before) => kind == StaleKind.ExpiredEntries ? before.UtcTicks : before.Ms();
}
