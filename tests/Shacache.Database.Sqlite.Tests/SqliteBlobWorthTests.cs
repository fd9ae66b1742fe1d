using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteBlobWorthTests : BlobWorthContract
{
    protected override TestDatabase Backend { get; } = new SqliteTestDatabase();
}
