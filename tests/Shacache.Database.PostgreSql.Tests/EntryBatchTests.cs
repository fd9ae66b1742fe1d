using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Database.PostgreSql.Tests;

/// <summary>Entries that wait together are added together, and each ends as it would alone.</summary>
public sealed class EntryBatchTests : IAsyncLifetime
{
    /// <summary>More than one batch.</summary>
    private const int Many = 300;

    private readonly PostgreSqlTestDatabase _backend = new();
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Core.IDatabase Database => _backend.Database;

    public async ValueTask InitializeAsync()
    {
        await _backend.OpenAsync(_time);

        // The schema is made.
        await Database.Entries.CountAsync(Key(0), Token);
    }

    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    [Fact]
    public async Task AddEntryAsync_KeysOfTheirOwn_AllAreAdded_AndTheSecondTimeTheyAreThere()
    {
        Assert.All(await AddTogetherAsync(Many, number => (Key(number), Entry(number))), addition => Assert.Equal(EntryAddition.Added, addition));
        await _backend.RunSqlAsync("UPDATE shacache.entries SET gone_at = 1 WHERE id % 2 = 0");
        Assert.All(await AddTogetherAsync(Many, number => (Key(number), Entry(number))), addition => Assert.Equal(EntryAddition.AlreadyListed, addition));
        Assert.Equal($"{Many}|0|{2 * Many}", await _backend.RunSqlAsync(
            "SELECT count(*), count(gone_at), (SELECT count(*) FROM shacache.audit_log WHERE subject LIKE 'batch:%') FROM shacache.entries"));
        for (int number = 0; number < Many; number += 37)
        {
            StoredEntry stored = Assert.Single(await Database.Entries.ListAsync(Key(number), Token));
            Assert.Equal((Entry(number), Entry(number).ExpiresAt, _time.GetUtcNow()), (stored.Entry, stored.Entry.ExpiresAt, stored.AddedAt));
        }
    }

    [Fact]
    public async Task AddEntryAsync_OldAndNewOnes_EachIsToldOfItsOwn()
    {
        for (int number = 0; number < Many; number += 3)
            await Database.Entries.AddAsync(Key(number), Entry(number), Token);
        EntryAddition[] additions = await AddTogetherAsync(Many, number => (Key(number), Entry(number)));
        Assert.All(additions.Index(), addition => Assert.Equal(addition.Index % 3 == 0 ? EntryAddition.AlreadyListed : EntryAddition.Added, addition.Item));
    }

    [Fact]
    public async Task AddEntryAsync_SomeOfOneKey_TheyAreListedOnceEach()
    {
        // Of every ten, three are of one key, and two of these the same entry.
        static int EntryOf(int number) => number % 10 == 1 ? number - 1 : number;
        EntryAddition[] additions = await AddTogetherAsync(Many, number => (Key(number % 10 < 3 ? -1 : number), Entry(EntryOf(number))));
        Assert.Equal(Many / 10, additions.Count(addition => addition == EntryAddition.AlreadyListed));
        Assert.Equal(2 * Many / 10, await Database.Entries.CountAsync(Key(-1), Token));
        Assert.Equal($"{9 * Many / 10}", await _backend.RunSqlAsync("SELECT count(*) FROM shacache.entries"));
    }

    [Fact]
    public async Task AddEntryAsync_KeysThatAreFull_OnlyTheseAreRefused()
    {
        for (int number = 0; number < Many; number += 4)
            await Database.Entries.AddAsync(Key(number), Entry(-number - 1), Token);
        var room = new EntryRoom(1, []);
        EntryAddition[] additions = await AddTogetherAsync(Many, number => (Key(number), Entry(number)), number => number % 2 == 0 ? room : null);
        Assert.All(additions.Index(), addition => Assert.Equal(addition.Index % 4 == 0 ? EntryAddition.KeyFull : EntryAddition.Added, addition.Item));
    }

    [Fact]
    public async Task AddEntryAsync_ContentThatTheIndexKnows_LearnsWhatTheySayOfIt()
    {
        await Database.BlobIndex.WriteAsync(
            [.. Enumerable.Range(0, Many).Where(number => number % 2 == 0).Select(number => KeyValuePair.Create(Content(number), BlobNote.Stored(1, _time.GetUtcNow().ToUnixTimeMilliseconds())))],
            Token);
        await AddTogetherAsync(Many, number => (Key(number), Entry(number)));
        Assert.Equal($"{Many / 2}|{Many / 2}", await _backend.RunSqlAsync("SELECT count(*), count(*) FILTER (WHERE build_ms = 7000) FROM shacache.blobs"));
        Assert.Equal($"{Many}", await _backend.RunSqlAsync("SELECT count(*) FROM shacache.entries WHERE build_ms = 7000 AND fetch_ms = 3000"));
    }

    /// <summary>Adds entries that all wait for the same table, so that they are added in few batches.</summary>
    private async Task<EntryAddition[]> AddTogetherAsync(int count, Func<int, (EntryKey Key, SignedEntry Entry)> make, Func<int, EntryRoom?>? roomOf = null)
    {
        Task<string> holding = _backend.RunSqlAsync("BEGIN; LOCK TABLE shacache.entries IN EXCLUSIVE MODE; SELECT pg_sleep(0.3); COMMIT");
        while (await _backend.RunSqlAsync("SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND relation = 'shacache.entries'::regclass AND granted") != "1" && !holding.IsCompleted)
            await Task.Delay(10, Token);
        EntryAddition[] additions = await Task.WhenAll(Enumerable.Range(0, count).Select(number =>
        {
            (EntryKey key, SignedEntry entry) = make(number);
            var line = new AuditEntry(_time.GetUtcNow(), AuditEntry.Anonymous, AuditAction.Index, key.Value, "192.0.2.1");
            return Database.AddEntryAsync(key, entry, roomOf?.Invoke(number), line, new EntryWorth(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(3)), Token).AsTask();
        }));
        await holding;
        return additions;
    }

    private static EntryKey Key(int number) => EntryKey.Create($"batch:{number}");

    private static Digest Content(int number) => Digest.Compute(BitConverter.GetBytes(number));

    /// <summary>Every other one expires.</summary>
    private static SignedEntry Entry(int number) => EntryGenerators.Entry(
        $$"""{"sha512": "{{Content(number)}}", "number": {{number}}{{(number % 2 == 0 ? """, "expiration_date": "2126-01-02T03:04:05Z" """ : "")}}}""", "");
}
