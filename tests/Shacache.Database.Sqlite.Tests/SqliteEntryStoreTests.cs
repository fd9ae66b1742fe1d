using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.Sqlite.Engine;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteEntryStoreTests : EntryStoreContract
{
    private readonly SqliteTestDatabase _backend = new();

    protected override TestDatabase Backend => _backend;

    [Fact]
    public async Task ListKeysAsync_FewOfManyAreWanted_EachPageLooksAtABoundedNumber()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await _backend.CloseAsync();
        using (Connection connection = Connection.Open(_backend.FilePath, busyTimeoutMs: 1000))
        {
            connection.ExecuteScript(
                "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 24999) " +
                "INSERT INTO entries (key_hash, pair_hash, key, information, signature, digest, expires_at, added_at) " +
                "SELECT i, i, printf('key-%06d', i), '{}', '', zeroblob(64), NULL, i FROM n");
            using Statement plan = connection.Prepare(
                "EXPLAIN QUERY PLAN SELECT key, max(CASE WHEN expires_at IS NULL OR expires_at >= ?2 THEN added_at END) FROM entries WHERE key > ?1 GROUP BY key ORDER BY key");
            Assert.True(plan.Step());
            Assert.Equal("SEARCH entries USING COVERING INDEX entries_in_order (key>?)", plan.Text(3));
            Assert.False(plan.Step(), "there is more to it than a walk along the index");
        }

        await InitializeAsync();
        var query = new KeyQuery { Prefix = "key-", Since = DateTimeOffset.FromUnixTimeMilliseconds(24_998) };
        KeyPage first = await Store.ListKeysAsync(query, token);
        KeyPage second = await Store.ListKeysAsync(query with { After = first.Next }, token);
        KeyPage third = await Store.ListKeysAsync(query with { After = second.Next }, token);

        Assert.Equal((0, "key-009999"), (first.Keys.Count, first.Next?.Value));
        Assert.Equal((0, "key-019999"), (second.Keys.Count, second.Next?.Value));
        Assert.Equal(["key-024998", "key-024999"], third.Keys.Select(key => key.Value));
        Assert.Null(third.Next);
    }

    [Fact]
    public async Task ListAsync_EntryExpiresSoonAfterItWasListed_IsLeftOutFromThenOn()
    {
        DateTimeOffset end = Time.GetUtcNow() + TimeSpan.FromMilliseconds(300);
        await Store.AddAsync(Key, Entry(1, end), Token);
        await Store.AddAsync(Key, Entry(2), Token);
        Assert.Equal([Entry(2), Entry(1, end)], await ListAsync(Key));

        Time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal([Entry(2), Entry(1, end)], await ListAsync(Key));
        Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([Entry(2)], await ListAsync(Key));
    }

    [Fact]
    public async Task ListAsync_AnotherProcessAddsAnEntry_IsListedASecondLater()
    {
        Assert.Empty(await ListAsync(Key));
        await using (SqliteDatabase other = await SqliteDatabase.OpenAsync(_backend.FilePath, Time, Token))
            await other.Entries.AddAsync(Key, Entry(1), Token);

        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([Entry(1)], await ListAsync(Key));
    }

    [Fact]
    public async Task ListAsync_MoreThanAreKeptInMemory_AllAreRight()
    {
        // 200 of 40 Ki characters are twice as much.
        for (int number = 0; number < 200; number++)
            await Store.AddAsync(KeyOf(number), Long(number), Token);
        for (int round = 0; round < 2; round++)
        {
            for (int number = 0; number < 200; number++)
                Assert.Equal([Long(number)], await ListAsync(KeyOf(number)));
        }

        static SignedEntry Long(int number) => EntryGenerators.Entry(
            $$"""{"sha512": "{{Digest.Compute(BitConverter.GetBytes(number))}}", "x": "{{new string('x', 40 * 1024)}}"}""", "c2lnbmF0dXJl");

        static EntryKey KeyOf(int number) => EntryKey.Create($"key{number}");
    }
}
