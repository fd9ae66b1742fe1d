using Shacache.Testing;
using Shacache.Testing.Savings;

namespace Shacache.Database.PostgreSql.Tests;

public sealed class PostgreSqlSavingsTests : SavingsContract
{
    protected override TestDatabase Backend { get; } = new PostgreSqlTestDatabase();
}
