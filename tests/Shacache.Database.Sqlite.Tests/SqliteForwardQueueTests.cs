using Shacache.Testing;
using Shacache.Testing.Upstreams;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteForwardQueueTests : ForwardQueueContract
{
    protected override TestDatabase Backend { get; } = new SqliteTestDatabase();
}
