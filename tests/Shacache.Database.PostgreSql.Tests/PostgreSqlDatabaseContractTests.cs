using Shacache.Testing;

namespace Shacache.Database.PostgreSql.Tests;

public sealed class PostgreSqlDatabaseContractTests : DatabaseContract
{
    protected override TestDatabase Backend { get; } = new PostgreSqlTestDatabase();
}
