using Shacache.Core;
using Shacache.Testing;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteDatabaseContractTests : DatabaseContract
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase? _database;

    protected override IDatabase Database => _database!;

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
