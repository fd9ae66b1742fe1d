using Shacache.Testing;
using Shacache.Testing.Retention;

namespace Shacache.Database.PostgreSql.Tests;

public sealed class PostgreSqlRetentionStoreTests : RetentionStoreContract
{
    protected override TestDatabase Backend { get; } = new PostgreSqlTestDatabase();
}
