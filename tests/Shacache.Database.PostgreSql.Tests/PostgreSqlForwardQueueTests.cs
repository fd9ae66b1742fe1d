using Shacache.Testing;
using Shacache.Testing.Upstreams;

namespace Shacache.Database.PostgreSql.Tests;

public sealed class PostgreSqlForwardQueueTests : ForwardQueueContract
{
    protected override TestDatabase Backend { get; } = new PostgreSqlTestDatabase();
}
