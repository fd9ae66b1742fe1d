using Shacache.Testing;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteDatabaseContractTests : DatabaseContract
{
    protected override TestDatabase Backend { get; } = new SqliteTestDatabase();
}
