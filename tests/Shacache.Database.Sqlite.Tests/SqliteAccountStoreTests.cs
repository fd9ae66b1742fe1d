using Shacache.Core.Accounts;
using Shacache.Database.Sqlite.Engine;
using Shacache.Testing;
using Shacache.Testing.Accounts;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteAccountStoreTests : AccountStoreContract
{
    private readonly SqliteTestDatabase _backend = new();

    protected override TestDatabase Backend => _backend;

    [Fact]
    public async Task AddUseAsync_WaitingSomeSeconds_IsWrittenWithoutAClose()
    {
        var day = new DateOnly(2026, 1, 2);
        await Uses.AddAsync(AccountName.Create("a"), day, 60, null, TestContext.Current.CancellationToken);
        Time.Advance(TimeSpan.FromSeconds(5));
        // The flush runs on the pool; what another process sees of it is its end.
        await using SqliteDatabase other = await SqliteDatabase.OpenAsync(_backend.FilePath, TimeProvider.System, TestContext.Current.CancellationToken);
        long used = 0;
        for (int attempt = 0; attempt < 3000 && used == 0; attempt++)
        {
            using Connection reader = Connection.Open(_backend.FilePath, 1000);
            using Statement select = reader.Prepare("SELECT coalesce(sum(bytes), 0) FROM account_use");
            used = select.Step() ? select.Int64(0) : 0;
            if (used == 0)
                await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal(60, used);
        Assert.Equal([61], await other.Accounts.AddUseAsync([new AccountUseChange(AccountName.Create("a"), day, 1)], TestContext.Current.CancellationToken));
    }
}
