using Shacache.Core.Accounts;
using Shacache.Core.Entries;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Entries.Sqlite.Tests;

public sealed class SqliteEntryStoreTests : EntryStoreContract
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase? _database;

    protected override IEntryStore Store => _database!.Entries;

    protected override IAuditLog Log => _database!.AuditLog;

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
