using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Database.Sqlite.Tests;

/// <summary>Copies of a database in use, and the search for damage in it.</summary>
public sealed class DatabaseInspectionTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await SqliteDatabase.OpenAsync(_folder["a.sqlite"], TimeProvider.System, Token);

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task BackupAsync_WhileEntriesAreAdded_HasAllThatWereThereBefore()
    {
        for (int number = 0; number < 500; number++)
            await AddAsync(number);
        using var stop = new CancellationTokenSource();
        int added = 500;
        Task adding = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await AddAsync(added++);
        });

        await _database.BackupAsync(_folder["b.sqlite"], Token);
        await _database.BackupAsync(_folder["b.sqlite"], Token);
        await stop.CancelAsync();
        await adding;

        Assert.Equal([_folder["b.sqlite"]], Directory.GetFiles(_folder.Path, "b.*"));
        await using SqliteDatabase copy = await SqliteDatabase.OpenAsync(_folder["b.sqlite"], TimeProvider.System, Token);
        Assert.Empty(await copy.FindDamageAsync(Token));
        int copied = 0;
        await foreach (Digest digest in copy.ListEntryContentAsync(Token))
            Assert.Equal(Digest.Compute(BitConverter.GetBytes(copied++)), digest);
        Assert.InRange(copied, 500, added);
    }

    [Fact]
    public async Task FindDamageAsync_Right_IsEmpty() => Assert.Empty(await _database.FindDamageAsync(Token));

    [Fact]
    public async Task FindDamageAsync_PagesOverwritten_SaysSo()
    {
        for (int number = 0; number < 2000; number++)
            await AddAsync(number);
        await _database.DisposeAsync();
        using (FileStream file = File.OpenWrite(_folder["a.sqlite"]))
        {
            file.Position = file.Length / 2;
            file.Write(new byte[8192]);
        }

        _database = await SqliteDatabase.OpenAsync(_folder["a.sqlite"], TimeProvider.System, Token);
        Assert.NotEmpty(await _database.FindDamageAsync(Token));
    }

    private async Task AddAsync(int number)
    {
        SignedEntry entry = EntryGenerators.Entry($$"""{"sha512": "{{Digest.Compute(BitConverter.GetBytes(number))}}"}""", "");
        await _database.AddEntryAsync(EntryKey.Create($"key-{number}"), entry, room: null, audit: null, default, Token);
    }
}
