using Shacache.Testing;
using Shacache.Testing.Upstreams;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteUpstreamListingsTests : UpstreamListingsContract
{
    protected override TestDatabase Backend { get; } = new SqliteTestDatabase();
}
