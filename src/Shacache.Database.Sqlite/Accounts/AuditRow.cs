using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Accounts;

/// <summary>How a line of the audit log looks in table <c>audit_log</c>. A digest takes half the room of its text: most lines are about one.</summary>
internal static class AuditRow
{
    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    public const string Columns = "position, at, actor, action, subject, sender, detail";

    /// <summary>Adds a line, inside the writer's transaction.</summary>
    public static void Insert(Connection connection, AuditEntry entry)
    {
        using Statement insert = connection.Prepare(
            "INSERT INTO audit_log (at, actor, action, subject, sender, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        BindSubject(insert, 4, entry.Subject);
        insert.Bind(1, entry.At.ToUnixTimeMilliseconds())
            .BindText(2, entry.Actor)
            .Bind(3, (long)entry.Action)
            .BindText(5, entry.From)
            .BindText(6, entry.Detail)
            .Run();
    }

    public static void BindSubject(Statement statement, int parameter, string subject)
    {
        if (!Digest.TryParse(subject, out Digest digest) || digest.ToString() != subject)
        {
            statement.BindText(parameter, subject);
            return;
        }

        Span<byte> bytes = stackalloc byte[Digest.LengthBytes];
        digest.CopyTo(bytes);
        statement.BindBlob(parameter, bytes);
    }

    public static AuditRecord Read(Statement row) =>
        new(
            row.Int64(0),
            new AuditEntry(
                DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(1)),
                row.Text(2),
                (AuditAction)row.Int64(3),
                row.IsBlob(4) ? new Digest(row.Bytes(4)).ToString() : row.Text(4),
                row.Text(5),
                row.Text(6)));
}
