using Npgsql;
using Shacache.Core.Accounts;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Accounts;

/// <summary>How a line of the audit log looks in table <c>audit_log</c>.</summary>
internal static class AuditRow
{
    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    public const string Columns = "position, at, actor, action, subject, sender, detail";

    /// <summary>Adds a line.</summary>
    public static Query Insert(AuditEntry entry) => new Query("INSERT INTO audit_log (at, actor, action, subject, sender, detail) VALUES ($1, $2, $3, $4, $5, $6)")
        .Add(entry.At.Ms()).Add(entry.Actor).Add((short)entry.Action).Add(entry.Subject).Add(entry.From).Add(entry.Detail);

    public static AuditRecord Read(NpgsqlDataReader row) =>
        new(row.Int64(0), new AuditEntry(row.Time(1), row.Text(2), (AuditAction)row.GetInt16(3), row.Text(4), row.Text(5), row.Text(6)));
}
