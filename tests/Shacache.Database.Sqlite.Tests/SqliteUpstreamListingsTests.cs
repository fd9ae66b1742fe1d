using Shacache.Core.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Upstreams;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteUpstreamListingsTests : UpstreamListingsContract
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase? _database;

    protected override IUpstreamListings Listings => _database!.UpstreamListings;

    public override async ValueTask InitializeAsync() =>
        _database = await SqliteDatabase.OpenAsync(_folder["shacache.db"], Time, TestContext.Current.CancellationToken);

    protected override async ValueTask ReopenAsync()
    {
        await _database!.DisposeAsync();
        await InitializeAsync();
    }

    protected override async ValueTask CloseAsync()
    {
        await _database!.DisposeAsync();
        _folder.Dispose();
    }
}
