using Shacache.Core;
using Shacache.Testing;

namespace Shacache.Database.Sqlite.Tests;

/// <summary>A database file in a folder of its own.</summary>
internal sealed class SqliteTestDatabase : TestDatabase
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase? _database;

    public string FilePath => _folder["shacache.db"];

    public override IDatabase Database => _database!;

    public override async ValueTask OpenAsync(TimeProvider time) =>
        _database = await SqliteDatabase.OpenAsync(FilePath, time, TestContext.Current.CancellationToken);

    public override ValueTask CloseAsync() => _database!.DisposeAsync();

    protected override void Remove() => _folder.Dispose();
}
