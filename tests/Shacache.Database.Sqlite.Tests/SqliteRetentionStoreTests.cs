using Shacache.Testing;
using Shacache.Testing.Retention;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteRetentionStoreTests : RetentionStoreContract
{
    protected override TestDatabase Backend { get; } = new SqliteTestDatabase();
}
