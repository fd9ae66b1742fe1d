using Shacache.Testing;
using Shacache.Testing.Accounts;

namespace Shacache.Database.PostgreSql.Tests;

public sealed class PostgreSqlAccountStoreTests : AccountStoreContract
{
    protected override TestDatabase Backend { get; } = new PostgreSqlTestDatabase();
}
