using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteBlobIndexTests : BlobIndexContract
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase? _database;

    protected override IBlobIndex Index => _database!.BlobIndex;

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
