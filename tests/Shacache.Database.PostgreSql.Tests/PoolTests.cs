using Shacache.Database.PostgreSql.Engine;
using Shacache.Testing.PostgreSql;

namespace Shacache.Database.PostgreSql.Tests;

/// <summary>How long statements may take.</summary>
public sealed class PoolTests
{
    private static readonly Attempt Asking = new(Contract.Entries, "The limit was not read");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadLongAsync_TheServerAllowsMoreTime_AndForNothingElse()
    {
        PostgreSqlServer.Require();
        PostgreSqlServer server = await PostgreSqlServer.Shared;
        string name = await server.CreateDatabaseAsync();
        await using (var pool = new Pool(PostgreSqlTestDatabase.Options(server.UriOf(name)).ToDataSource()))
        {
            Assert.Equal("15s", await pool.ReadAsync(Asking, FindLimitAsync, Token));
            Assert.Equal("10min", await pool.ReadLongAsync(Asking, FindLimitAsync, Token));

            // The connection went back to the others.
            Assert.Equal("15s", await pool.ReadAsync(Asking, FindLimitAsync, Token));
        }

        await server.DropDatabaseAsync(name);
    }

    private static Task<string?> FindLimitAsync(Session session) => session.FindAsync(new Query("SHOW statement_timeout"), row => row.GetString(0));
}
