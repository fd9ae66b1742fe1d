using Shacache.Core.Entries;
using Shacache.Database.Sqlite.Engine;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteDatabaseTests : IDisposable
{
    private static readonly EntryKey Key = EntryKey.Create("key");
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string DatabasePath => _folder["shacache.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OpenAsync_NewerSchema_IsRefusedOnOneLineAndLeftAlone()
    {
        await (await OpenAsync()).DisposeAsync();
        using (Connection connection = Connection.Open(DatabasePath, 0))
            connection.ExecuteScript("PRAGMA user_version = 999;");

        EntryStoreException e = await Assert.ThrowsAsync<EntryStoreException>(OpenAsync);
        Assert.Contains("newer version of this program (schema 999; this one knows ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        using Connection again = Connection.Open(DatabasePath, 0);
        using Statement version = again.Prepare("PRAGMA user_version");
        Assert.True(version.Step());
        Assert.Equal(999, version.Int64(0));
    }

    [Fact]
    public async Task OpenAsync_NoDatabase_IsRefusedOnOneLine()
    {
        await File.WriteAllTextAsync(DatabasePath, new string('x', 10_000), Token);
        EntryStoreException e = await Assert.ThrowsAsync<EntryStoreException>(OpenAsync);
        Assert.StartsWith($"{DatabasePath} is not a database.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_AnotherProgramsDatabase_IsRefusedAndLeftAlone()
    {
        using (Connection connection = Connection.Open(DatabasePath, 0))
            connection.ExecuteScript("CREATE TABLE theirs (a);");
        byte[] before = await File.ReadAllBytesAsync(DatabasePath, Token);
        EntryStoreException e = await Assert.ThrowsAsync<EntryStoreException>(OpenAsync);
        Assert.Contains("is the database of another program", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(DatabasePath, Token));
        Assert.Equal([DatabasePath], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task OpenAsync_NoSuchFolder_SaysWhichFile()
    {
        string path = Path.Combine(_folder.Path, "missing", "shacache.db");
        EntryStoreException e = await Assert.ThrowsAsync<EntryStoreException>(() => SqliteDatabase.OpenAsync(path, _time, Token));
        Assert.StartsWith($"{path} cannot be opened: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_TwoProcesses_SeeEachOthersEntries()
    {
        await using SqliteDatabase one = await OpenAsync();
        await using SqliteDatabase other = await OpenAsync();
        await one.Entries.AddAsync(Key, Entry(1), Token);
        Assert.Equal(EntryAddition.AlreadyListed, await other.Entries.AddAsync(Key, Entry(1), Token));
        await other.Entries.AddAsync(Key, Entry(2), Token);
        Assert.Equal(2, (await one.Entries.ListAsync(Key, Token)).Count);
    }

    [Fact]
    public async Task DisposeAsync_Twice_IsHarmlessAndLeavesOneFile()
    {
        SqliteDatabase database = await OpenAsync();
        await database.Entries.AddAsync(Key, Entry(1), Token);
        await database.DisposeAsync();
        await database.DisposeAsync();
        Assert.Equal([DatabasePath], Directory.GetFiles(_folder.Path));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await database.Entries.AddAsync(Key, Entry(2), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await database.Entries.ListAsync(Key, Token));
    }

    private static SignedEntry Entry(int number) =>
        EntryGenerators.Entry($$"""{"sha512": "{{Core.Blobs.Digest.Empty}}", "number": {{number}}}""", "");

    private Task<SqliteDatabase> OpenAsync() => SqliteDatabase.OpenAsync(DatabasePath, _time, Token);
}
