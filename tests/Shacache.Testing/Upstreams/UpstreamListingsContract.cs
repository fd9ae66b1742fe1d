using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Testing.Entries;

namespace Shacache.Testing.Upstreams;

/// <summary>The rules that every <see cref="IUpstreamListings"/> obeys. A backend inherits them.</summary>
public abstract class UpstreamListingsContract : StoreContract
{
    private static readonly EntryKey Key = EntryKey.Create("pypi:é=1.0");
    private static readonly SignedEntry First = EntryGenerators.Entry($$"""{"sha512":   "{{new string('a', 128)}}", "x": "\u00e9 é"}""", "AAEC\nAw==");
    private static readonly SignedEntry Second = EntryGenerators.Entry($$"""{"sha512": "{{new string('b', 128)}}", "expiration_date": "2026-01-03"}""", "AAECAw==");

    /// <summary>The store under test, empty at the beginning of each test.</summary>
    protected IUpstreamListings Listings => Database.UpstreamListings;

    [Fact]
    public async Task ListKeysAsync_PrefixAndSince_GivesPagesInOrder()
    {
        foreach (string key in (string[])["b2", "b1", "é", "b3", "c"])
            await Listings.ReplaceAsync(Listing([First], age: 0) with { Key = EntryKey.Create(key) }, Token);
        await Listings.RemoveAsync(EntryKey.Create("b3"), Token);
        Time.Advance(TimeSpan.FromHours(1));
        DateTimeOffset since = Time.GetUtcNow();
        await Listings.ReplaceAsync(Listing([First], age: 0) with { Key = EntryKey.Create("b2"), FetchedAt = since }, Token);

        KeyPage first = await Listings.ListKeysAsync(new KeyQuery { Prefix = "b", Limit = 1 }, Token);
        Assert.Equal(["b1"], first.Keys.Select(key => key.Value));
        KeyPage second = await Listings.ListKeysAsync(new KeyQuery { Prefix = "b", After = first.Next }, Token);
        Assert.Equal(["b2"], second.Keys.Select(key => key.Value));
        Assert.Null(second.Next);
        Assert.Equal(["b1", "b2", "c", "é"], (await Listings.ListKeysAsync(new KeyQuery(), Token)).Keys.Select(key => key.Value));
        Assert.Equal(["b2"], (await Listings.ListKeysAsync(new KeyQuery { Since = since }, Token)).Keys.Select(key => key.Value));
    }

    [Fact]
    public async Task FindAsync_UnknownKey_IsNull()
    {
        Assert.Null(await Listings.FindAsync(Key, Token));
        Assert.False(await Listings.AnyAsync(Token));
        Assert.False(await Listings.RemoveAsync(Key, Token));
    }

    [Fact]
    public async Task ReplaceAsync_Listing_ComesBackCharacterForCharacterAfterARestart()
    {
        await Listings.ReplaceAsync(Listing([Second, First], age: 5), Token);
        await ReopenAsync();

        UpstreamListing found = Assert.IsType<UpstreamListing>(await Listings.FindAsync(Key, Token));

        Assert.Equal([Second, First], found.Entries);
        Assert.Equal(Second.ExpiresAt, found.Entries[0].ExpiresAt);
        Assert.Equal(First.Digest, found.Entries[1].Digest);
        Assert.Equal(("site", Time.GetUtcNow(), TimeSpan.FromSeconds(5)), (found.Upstream, found.FetchedAt, found.AgeWhenFetched));
        Assert.True(await Listings.AnyAsync(Token));
    }

    [Fact]
    public async Task ReplaceAsync_KnownKey_TakesThePlaceOfWhatWasKnown()
    {
        await Listings.ReplaceAsync(Listing([First, Second]), Token);
        await Listings.ReplaceAsync(Listing([First]) with { Key = EntryKey.Create("other") }, Token);
        Time.Advance(TimeSpan.FromMinutes(1));
        await Listings.ReplaceAsync(Listing([Second], age: 1) with { Upstream = "other" }, Token);

        UpstreamListing found = Assert.IsType<UpstreamListing>(await Listings.FindAsync(Key, Token));

        Assert.Equal([Second], found.Entries);
        Assert.Equal(("other", Time.GetUtcNow(), TimeSpan.FromSeconds(1)), (found.Upstream, found.FetchedAt, found.AgeWhenFetched));
        Assert.Equal([First], (await Listings.FindAsync(EntryKey.Create("other"), Token))!.Entries);
    }

    [Fact]
    public async Task ReplaceAsync_SameEntriesInAnotherOrder_HaveTheNewOrder()
    {
        await Listings.ReplaceAsync(Listing([First, Second]), Token);
        await Listings.ReplaceAsync(Listing([Second, First]), Token);

        Assert.Equal([Second, First], (await Listings.FindAsync(Key, Token))!.Entries);
    }

    [Fact]
    public async Task ReplaceAsync_SameEntries_OnlyTheTimeIsNew()
    {
        await Listings.ReplaceAsync(Listing([First, Second]), Token);
        Time.Advance(TimeSpan.FromMinutes(1));
        await Listings.ReplaceAsync(Listing([First, Second]), Token);

        UpstreamListing found = Assert.IsType<UpstreamListing>(await Listings.FindAsync(Key, Token));
        Assert.Equal([First, Second], found.Entries);
        Assert.Equal(Time.GetUtcNow(), found.FetchedAt);
    }

    [Fact]
    public async Task ReplaceAsync_NoEntries_IsRefused() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Listings.ReplaceAsync(Listing([]), Token));

    [Fact]
    public async Task RemoveAsync_KnownKey_IsGoneForGood()
    {
        await Listings.ReplaceAsync(Listing([First, Second]), Token);

        Assert.True(await Listings.RemoveAsync(Key, Token));
        await ReopenAsync();

        Assert.Null(await Listings.FindAsync(Key, Token));
        Assert.False(await Listings.AnyAsync(Token));
    }

    [Fact]
    public async Task RemoveUnusedAsync_SomeAreUsed_OthersGoOldestFirst()
    {
        for (int i = 0; i < 5; i++)
        {
            await Listings.ReplaceAsync(Listing([First]) with { Key = Numbered(i) }, Token);
            Time.Advance(TimeSpan.FromDays(1));
        }

        await Listings.NoteUseAsync(Numbered(0), Token);
        DateTimeOffset before = Time.GetUtcNow() - TimeSpan.FromDays(1.5);

        Assert.Equal(2, await Listings.RemoveUnusedAsync(before, 2, Token));
        Assert.Equal([Numbered(0), Numbered(3), Numbered(4)], await KeysAsync());
        Assert.Equal(1, await Listings.RemoveUnusedAsync(before, 2, Token));
        Assert.Equal(0, await Listings.RemoveUnusedAsync(before, 2, Token));
        Assert.Equal([Numbered(0), Numbered(4)], await KeysAsync());
        Assert.Equal(Time.GetUtcNow(), (await Listings.FindAsync(Numbered(0), Token))!.UsedAt);
    }

    [Fact]
    public async Task RemoveUnusedAsync_ClockWasWrongForAWhile_UsesOfThatTimeAreRecentOnes()
    {
        await Listings.ReplaceAsync(Listing([First]) with { Key = Numbered(0) }, Token);
        Time.Set(TimeSpan.FromDays(-400));
        await Listings.ReplaceAsync(Listing([First]) with { Key = Numbered(1), UsedAt = Time.GetUtcNow() }, Token);
        Time.Set(TimeSpan.FromDays(800));
        await Listings.NoteUseAsync(Numbered(0), Token);
        Time.Set(TimeSpan.FromDays(-400));
        Time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(0, await Listings.RemoveUnusedAsync(Time.GetUtcNow() - TimeSpan.FromDays(2), 64, Token));
        Time.Advance(TimeSpan.FromDays(90));
        Assert.Equal(2, await Listings.RemoveUnusedAsync(Time.GetUtcNow() - TimeSpan.FromDays(89), 64, Token));
    }

    [Fact]
    public async Task RemoveUnusedAsync_FirstUseWasBeforeTheClockWasSet_IsARecentOne()
    {
        TimeSpan behind = Time.GetUtcNow() - DateTimeOffset.UnixEpoch;
        Time.Set(-behind);
        await Listings.ReplaceAsync(Listing([First]) with { UsedAt = Time.GetUtcNow() }, Token);
        Time.Set(behind);

        Assert.Equal(0, await Listings.RemoveUnusedAsync(Time.GetUtcNow() - TimeSpan.FromDays(2), 64, Token));
        Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(1, await Listings.RemoveUnusedAsync(Time.GetUtcNow() - TimeSpan.FromDays(2), 64, Token));
    }

    [Fact]
    public async Task ReplaceAsync_KnownKey_IsNoUse()
    {
        DateTimeOffset used = Time.GetUtcNow();
        await Listings.ReplaceAsync(Listing([First]), Token);
        Time.Advance(TimeSpan.FromDays(2));
        await Listings.ReplaceAsync(Listing([Second]), Token);

        Assert.Equal(used, (await Listings.FindAsync(Key, Token))!.UsedAt);
    }

    [Fact]
    public async Task ListKeysAsync_SeveralPages_NamesEachOnce()
    {
        EntryKey[] keys = [.. Enumerable.Range(0, 600).Select(Numbered)];
        await Task.WhenAll(keys.Select(key => Listings.ReplaceAsync(Listing([First]) with { Key = key }, Token).AsTask()));

        Assert.Equal(keys.Select(key => key.Value).Order(StringComparer.Ordinal), (await KeysAsync()).Select(key => key.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task FindAsync_WhileItIsReplaced_SeesOneOfBothWhole()
    {
        SignedEntry[] many = [.. Enumerable.Range(0, 50).Select(i => EntryGenerators.Entry($$"""{"sha512": "{{new string('c', 128)}}", "n": {{i}}}""", ""))];
        await Listings.ReplaceAsync(Listing(many), Token);
        Task replacing = Task.Run(
            async () =>
            {
                for (int i = 0; i < 50; i++)
                    await Listings.ReplaceAsync(Listing(i % 2 == 0 ? [First] : many), Token);
            },
            Token);
        while (!replacing.IsCompleted)
        {
            IReadOnlyList<SignedEntry> entries = (await Listings.FindAsync(Key, Token))!.Entries;
            Assert.True(entries.SequenceEqual(many) || entries.SequenceEqual([First]), $"{entries.Count} entries of two listings");
        }

        await replacing;
    }

    private static EntryKey Numbered(int number) => EntryKey.Create($"key-{number}");

    private UpstreamListing Listing(SignedEntry[] entries, int age = 0) =>
        new(Key, entries, "site", Time.GetUtcNow(), TimeSpan.FromSeconds(age), Time.GetUtcNow());

    private async Task<List<EntryKey>> KeysAsync()
    {
        List<EntryKey> keys = [];
        await foreach (EntryKey key in Listings.ListKeysAsync(Token))
            keys.Add(key);
        return keys;
    }
}
