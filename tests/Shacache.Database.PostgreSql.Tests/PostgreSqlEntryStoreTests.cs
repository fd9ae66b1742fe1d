using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Database.PostgreSql.Tests;

public sealed class PostgreSqlEntryStoreTests : EntryStoreContract
{
    protected override TestDatabase Backend { get; } = new PostgreSqlTestDatabase();
}
