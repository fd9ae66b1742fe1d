using Shacache.Testing;
using Shacache.Testing.Savings;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteSavingsTests : SavingsContract
{
    protected override TestDatabase Backend { get; } = new SqliteTestDatabase();
}
