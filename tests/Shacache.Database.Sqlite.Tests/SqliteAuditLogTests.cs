using Shacache.Core.Accounts;
using Shacache.Database.Sqlite.Accounts;
using Shacache.Database.Sqlite.Engine;
using Shacache.Testing;
using Shacache.Testing.Accounts;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteAuditLogTests : AuditLogContract
{
    private readonly SqliteTestDatabase _backend = new();

    protected override TestDatabase Backend => _backend;

    [Theory]
    [InlineData("UPDATE audit_log SET actor = 'x'")]
    [InlineData("DELETE FROM audit_log")]
    [InlineData("DELETE FROM audit_log WHERE position = 1")]
    [InlineData("REPLACE INTO audit_log VALUES (1, 0, 'x', 1, 's', 'f', 'd')")]
    [InlineData("INSERT OR REPLACE INTO audit_log (position, at, actor, action, subject, sender, detail) VALUES (2, 0, 'x', 1, 's', 'f', 'd')")]
    public async Task Database_ChangeOfALine_IsRefused(string sql)
    {
        await Notes.NoteAsync(Line("a", AuditAction.Approve, "s"), Token);
        await Notes.NoteAsync(Line("b", AuditAction.Revoke, "s"), Token);
        List<AuditRecord> before = await ReadAsync(new AuditQuery());
        using (Connection connection = Connection.Open(_backend.FilePath, 1000))
        {
            SqliteFailureException e = Assert.Throws<SqliteFailureException>(() => connection.ExecuteScript(sql));
            Assert.StartsWith("the audit log is append-only", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await ReadAsync(new AuditQuery()));
    }

    [Fact]
    public async Task NoteAsync_ASecondPasses_IsWrittenWithoutAClose()
    {
        await Notes.NoteAsync(Line("a", AuditAction.Upload, "s"), Token);
        Assert.Equal(0, Count());
        Time.Advance(TimeSpan.FromSeconds(1));
        for (int attempt = 0; attempt < 3000 && Count() == 0; attempt++)
            await Task.Delay(10, Token);
        Assert.Equal(1, Count());
    }

    [Fact]
    public void ReadAsync_AnyQuery_NeitherSortsNorReadsMoreThanItNeeds()
    {
        using Connection connection = Connection.Open(_backend.FilePath, 1000);
        AssertPlan(connection.Prepare($"EXPLAIN QUERY PLAN {SqliteAuditLog.SelectOfSubject}"), "audit_log_by_subject (<expr>=? AND rowid<?)");
        AssertPlan(connection.Prepare($"EXPLAIN QUERY PLAN {SqliteAuditLog.SelectOfActor}"), "audit_log_by_actor (actor=? AND position<?)");
        AssertPlan(connection.Prepare($"EXPLAIN QUERY PLAN {SqliteAuditLog.SelectAll}"), "INTEGER PRIMARY KEY (rowid<?)");

        static void AssertPlan(Statement plan, string expected)
        {
            Assert.True(plan.Step());
            Assert.EndsWith(expected, plan.Text(3), StringComparison.Ordinal);
            Assert.False(plan.Step(), "a second step: it sorts");
        }
    }

    private long Count()
    {
        using Connection reader = Connection.Open(_backend.FilePath, 1000);
        using Statement select = reader.Prepare("SELECT count(*) FROM audit_log");
        return select.Step() ? select.Int64(0) : -1;
    }
}
