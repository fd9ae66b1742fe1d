using Shacache.Core.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Upstreams;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteForwardQueueTests : ForwardQueueContract
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase? _database;

    protected override IForwardQueue Queue => _database!.Forwards;

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
