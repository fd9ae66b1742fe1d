using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Database.PostgreSql.Tests;

public sealed class PostgreSqlBlobWorthTests : BlobWorthContract
{
    protected override TestDatabase Backend { get; } = new PostgreSqlTestDatabase();
}
