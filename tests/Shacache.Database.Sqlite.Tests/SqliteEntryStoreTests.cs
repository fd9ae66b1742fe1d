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
}
