using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteRepairLogTests : RepairLogContract
{
    protected override TestDatabase Backend { get; } = new SqliteTestDatabase();
}
