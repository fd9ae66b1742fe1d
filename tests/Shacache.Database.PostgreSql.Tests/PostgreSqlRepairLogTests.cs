using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Database.PostgreSql.Tests;

public sealed class PostgreSqlRepairLogTests : RepairLogContract
{
    protected override TestDatabase Backend { get; } = new PostgreSqlTestDatabase();
}
