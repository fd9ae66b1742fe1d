using FsCheck;
using FsCheck.Fluent;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Testing.Entries;

/// <summary>The rules that every <see cref="IEntryStore"/> obeys. A backend inherits them.</summary>
/// <remarks>One file although it is long: a backend inherits one class, so that it cannot leave out a part of the contract.</remarks>
public abstract class EntryStoreContract : StoreContract
{
    protected static readonly EntryKey Key = EntryKey.Create("file-urlmd5:0123456789abcdef0123456789abcdef");

    /// <summary>The store under test, empty at the beginning of each test.</summary>
    protected IEntryStore Store => Database.Entries;

    [Fact]
    public async Task ListKeysAsync_AnyKeys_ComeOnceEachInTheOrderOfTheirBytes()
    {
        string[] names = ["b", "a", "é", "😀", "\uFFFD", "\uFEFF", "a b", "%2F", "a%zz", "Z", "~", "日本"];
        foreach (string name in names)
        {
            await Store.AddAsync(EntryKey.Create(name), Entry(1), Token);
            await Store.AddAsync(EntryKey.Create(name), Entry(2), Token);
        }

        KeyPage page = await Store.ListKeysAsync(new KeyQuery(), Token);

        Assert.Null(page.Next);
        Assert.Equal(names.OrderBy(name => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(name)), StringComparer.Ordinal), page.Keys.Select(key => key.Value));
    }

    [Fact]
    public async Task ListKeysAsync_PageByPage_GivesEveryKeyWithThePrefixOnce()
    {
        for (int i = 0; i < 25; i++)
            await Store.AddAsync(EntryKey.Create($"pypi:{i:00}"), Entry(i), Token);
        foreach (string other in (string[])["pyph", "pypi", "pypi9", "pypi;"])
            await Store.AddAsync(EntryKey.Create(other), Entry(99), Token);

        List<string> keys = [];
        var query = new KeyQuery { Prefix = "pypi:", Limit = 10, After = EntryKey.Create("a key before all of them") };
        for (int pages = 0; query is not null; pages++)
        {
            Assert.InRange(pages, 0, 5);
            KeyPage page = await Store.ListKeysAsync(query, Token);
            Assert.InRange(page.Keys.Count, 0, 10);
            keys.AddRange(page.Keys.Select(key => key.Value));
            query = page.Next is null ? null : query with { After = page.Next };
        }

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"pypi:{i:00}"), keys);
    }

    [Fact]
    public async Task ListKeysAsync_Since_GivesKeysUnderWhichSomethingWasAddedThenOrLater()
    {
        await Store.AddAsync(EntryKey.Create("old"), Entry(1), Token);
        await Store.AddAsync(EntryKey.Create("renewed"), Entry(1), Token);
        Time.Advance(TimeSpan.FromHours(1));
        DateTimeOffset since = Time.GetUtcNow();
        await Store.AddAsync(EntryKey.Create("renewed"), Entry(2), Token);
        await Store.AddAsync(EntryKey.Create("new"), Entry(1), Token);
        await Store.AddAsync(EntryKey.Create("old"), Entry(1), Token);

        Assert.Equal(["new", "renewed"], (await Store.ListKeysAsync(new KeyQuery { Since = since }, Token)).Keys.Select(key => key.Value));
        Assert.Empty((await Store.ListKeysAsync(new KeyQuery { Since = since.AddMilliseconds(1) }, Token)).Keys);
    }

    [Fact]
    public async Task ListKeysAsync_KeyWhoseEntriesAllExpired_IsNotListed()
    {
        SignedEntry expiring = EntryGenerators.Entry($$"""{"sha512": "{{Digest.Empty}}", "expiration_date": "{{Time.GetUtcNow().AddHours(1):O}}"}""", "");
        await Store.AddAsync(EntryKey.Create("expiring"), expiring, Token);
        await Store.AddAsync(EntryKey.Create("both"), Entry(1), Token);
        DateTimeOffset since = Time.GetUtcNow().AddMinutes(1);
        Time.Advance(TimeSpan.FromMinutes(1));
        await Store.AddAsync(EntryKey.Create("both"), expiring, Token);
        Assert.Equal(2, (await Store.ListKeysAsync(new KeyQuery(), Token)).Keys.Count);

        Time.Advance(TimeSpan.FromHours(2));

        Assert.Equal(["both"], (await Store.ListKeysAsync(new KeyQuery(), Token)).Keys.Select(key => key.Value));
        Assert.Empty((await Store.ListKeysAsync(new KeyQuery { Since = since }, Token)).Keys);
    }

    [Fact]
    public async Task ListAsync_UnknownKey_IsEmpty() => Assert.Empty(await Store.ListAsync(Key, Token));

    [Fact]
    public async Task AddAsync_IdenticalPairTwice_IsListedOnce()
    {
        SignedEntry entry = Entry(1);
        Assert.Equal(EntryAddition.Added, await Store.AddAsync(Key, entry, Token));
        DateTimeOffset addedAt = Time.GetUtcNow();
        Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(EntryAddition.AlreadyListed, await Store.AddAsync(Key, Entry(1), Token));

        StoredEntry stored = Assert.Single(await Store.ListAsync(Key, Token));
        Assert.Equal(entry, stored.Entry);
        Assert.Equal(Key, stored.Key);
        Assert.Equal(entry.Digest, stored.Entry.Digest);
        Assert.Null(stored.Entry.ExpiresAt);
        Assert.True((stored.AddedAt - addedAt).Duration() <= TimeSpan.FromMilliseconds(1), $"{stored.AddedAt} is not {addedAt}");
    }

    [Fact]
    public async Task AddAsync_AnyDifferenceInThePair_IsAnotherEntry()
    {
        string information = Entry(1).Information;
        SignedEntry[] entries =
        [
            EntryGenerators.Entry(information, ""),
            EntryGenerators.Entry(information, "AAAA"),
            EntryGenerators.Entry(information, "AAAA\n"),
            EntryGenerators.Entry(information, "AA AA"),
            EntryGenerators.Entry(information + " ", ""),
            EntryGenerators.Entry(information + " ", "AAAA"),
            EntryGenerators.Entry(information.Replace("example", "EXAMPLE", StringComparison.Ordinal), ""),
        ];
        foreach (SignedEntry entry in entries)
            Assert.Equal(EntryAddition.Added, await Store.AddAsync(Key, entry, Token));
        foreach (SignedEntry entry in entries)
            Assert.Equal(EntryAddition.AlreadyListed, await Store.AddAsync(Key, entry, Token));
        Assert.Equal(entries.Reverse(), await ListAsync(Key));
    }

    [Fact]
    public async Task AddAsync_SamePairUnderTwoKeys_IsListedUnderBoth()
    {
        EntryKey other = EntryKey.Create("other");
        await Store.AddAsync(Key, Entry(1), Token);
        Assert.Equal(EntryAddition.Added, await Store.AddAsync(other, Entry(1), Token));
        Assert.Single(await ListAsync(Key));
        Assert.Single(await ListAsync(other));
    }

    [Fact]
    public async Task ListAsync_ManyEntriesInOneTickOfTheClock_NewestFirst()
    {
        SignedEntry[] entries = [.. Enumerable.Range(0, 40).Select(number => Entry(number))];
        foreach (SignedEntry entry in entries)
            await Store.AddAsync(Key, entry, Token);
        Assert.Equal(entries.Reverse(), await ListAsync(Key));
        await ReopenAsync();
        Assert.Equal(entries.Reverse(), await ListAsync(Key));
    }

    [Fact]
    public async Task ListAsync_LongEnough_GivesTheNewestAndAtLeastOne()
    {
        for (int i = 0; i < 10; i++)
            await Store.AddAsync(Key, Entry(i), Token);
        int length = Entry(0).Information.Length + Entry(0).Signature.Length;

        Assert.Equal([Entry(9), Entry(8), Entry(7)], (await Store.ListAsync(Key, 3 * length, Token)).Select(stored => stored.Entry));
        Assert.Equal([Entry(9)], (await Store.ListAsync(Key, 1, Token)).Select(stored => stored.Entry));
        Assert.Equal(10, (await Store.ListAsync(Key, Token)).Count);
    }

    [Fact]
    public async Task ListAsync_EntryExpires_IsLeftOutFromThenOn()
    {
        DateTimeOffset end = Time.GetUtcNow() + TimeSpan.FromMinutes(1);
        SignedEntry passing = Entry(1, end);
        SignedEntry lasting = Entry(2);
        await Store.AddAsync(Key, passing, Token);
        await Store.AddAsync(Key, lasting, Token);
        Assert.Equal([lasting, passing], await ListAsync(Key));
        Assert.Equal(end, (await Store.ListAsync(Key, Token))[1].Entry.ExpiresAt);

        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([lasting, passing], await ListAsync(Key));
        Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([lasting], await ListAsync(Key));
        Assert.Equal(2, (await CollectAsync(Store.EnumerateAsync(Token))).Count);
    }

    [Fact]
    public async Task ListAsync_AnyLegalEntry_ComesBackCharacterForCharacter()
    {
        Property property = Prop.ForAll(EntryGenerators.Keys, EntryGenerators.Entries, (key, entry) => RoundTripsAsync(key, entry).GetAwaiter().GetResult());
        await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), property), Token);
        int count = (await CollectAsync(Store.EnumerateAsync(Token))).Count;
        await ReopenAsync();
        Assert.Equal(count, (await CollectAsync(Store.EnumerateAsync(Token))).Count);

        async Task<bool> RoundTripsAsync(EntryKey key, SignedEntry entry)
        {
            await Store.AddAsync(key, entry, CancellationToken.None);
            StoredEntry newest = (await Store.ListAsync(key, CancellationToken.None))[0];
            return newest.Entry.Equals(entry) && newest.Entry.Digest == entry.Digest && newest.Entry.ExpiresAt == entry.ExpiresAt;
        }
    }

    [Fact]
    public async Task ListAsync_LongTexts_ComeBackWhole()
    {
        SignedEntry entry = EntryGenerators.Entry(
            $$"""{"sha512": "{{Digest.Empty}}", "text": "{{new string('é', 400_000)}}"}""", Convert.ToBase64String(new byte[100_000]));
        await Store.AddAsync(Key, entry, Token);
        Assert.Equal([entry], await ListAsync(Key));
    }

    [Theory]
    [InlineData("key", "Key")]
    [InlineData("key", "key ")]
    [InlineData("key", " key")]
    [InlineData("é", "e\u0301")]
    [InlineData("ß", "ss")]
    [InlineData("a", "a\u200B")]
    [InlineData("%2F", "%252F")]
    [InlineData("1", "01")]
    [InlineData("a%", "ab")]
    [InlineData("a_", "ab")]
    [InlineData("\uFFFD", "\uFFFE")]
    public async Task ListAsync_KeysThatLookAlike_AreDifferent(string one, string other)
    {
        await Store.AddAsync(EntryKey.Create(one), Entry(1), Token);
        Assert.Empty(await ListAsync(EntryKey.Create(other)));
        await Store.AddAsync(EntryKey.Create(other), Entry(2), Token);
        Assert.Equal([Entry(1)], await ListAsync(EntryKey.Create(one)));
    }

    [Fact]
    public async Task ListAsync_LongestKey_IsDistinguishedByItsLastByte()
    {
        string stem = new('k', EntryKey.MaxBytes - 1);
        await Store.AddAsync(EntryKey.Create(stem + "1"), Entry(1), Token);
        Assert.Empty(await ListAsync(EntryKey.Create(stem + "2")));
        Assert.Single(await ListAsync(EntryKey.Create(stem + "1")));
    }

    [Fact]
    public async Task DeleteAsync_OneOfSeveral_RemovesOnlyThat()
    {
        for (int number = 0; number < 3; number++)
            await Store.AddAsync(Key, Entry(number), Token);
        Assert.True(await Store.DeleteAsync(Key, Entry(1), Token));
        Assert.False(await Store.DeleteAsync(Key, Entry(1), Token));
        Assert.False(await Store.DeleteAsync(EntryKey.Create("other"), Entry(0), Token));
        Assert.Equal([Entry(2), Entry(0)], await ListAsync(Key));
        Assert.Equal(EntryAddition.Added, await Store.AddAsync(Key, Entry(1), Token));
        Assert.Equal([Entry(1), Entry(2), Entry(0)], await ListAsync(Key));
    }

    [Fact]
    public async Task EnumerateAsync_MoreThanAPage_GivesEachOnceInOrderOfAddition()
    {
        const int Count = 700;
        await Task.WhenAll(Enumerable.Range(0, Count).Select(number => AddAsync(EntryKey.Create($"key{number % 50}"), Entry(number))));
        List<StoredEntry> all = await CollectAsync(Store.EnumerateAsync(Token));
        Assert.Equal(Count, all.Select(stored => stored.Entry).Distinct().Count());
        Assert.Equal(Count, all.Count);
        foreach (IGrouping<EntryKey, StoredEntry> group in all.GroupBy(stored => stored.Key))
            Assert.Equal(group.Select(stored => stored.Entry).Reverse(), await ListAsync(group.Key));
    }

    [Fact]
    public async Task EnumerateAsync_DeletingOnTheWay_StillMeetsEveryEntry()
    {
        await Task.WhenAll(Enumerable.Range(0, 600).Select(number => AddAsync(Key, Entry(number))));
        int met = 0;
        await foreach (StoredEntry stored in Store.EnumerateAsync(Token))
        {
            met++;
            Assert.True(await Store.DeleteAsync(stored.Key, stored.Entry, Token));
        }

        Assert.Equal(600, met);
        Assert.Empty(await ListAsync(Key));
    }

    [Fact]
    public async Task FindByDigestAsync_SeveralKeys_GivesEveryEntryThatPointsThere()
    {
        Digest digest = Entry(7).Digest;
        SignedEntry upper = EntryGenerators.Entry($$"""{"sha512": "{{digest.ToString().ToUpperInvariant()}}"}""", "");
        DateTimeOffset past = Time.GetUtcNow() - TimeSpan.FromDays(1);
        SignedEntry expired = EntryGenerators.Entry($$"""{"sha512": "{{digest}}", "expiration_date": "{{past:O}}"}""", "");
        await Store.AddAsync(Key, Entry(7), Token);
        await Store.AddAsync(Key, Entry(8), Token);
        await Store.AddAsync(EntryKey.Create("other"), upper, Token);
        await Store.AddAsync(EntryKey.Create("other"), expired, Token);

        List<StoredEntry> found = await CollectAsync(Store.FindByDigestAsync(digest, Token));
        Assert.Equal([Entry(7), upper, expired], found.Select(stored => stored.Entry));
        Assert.Equal(["other", "other"], found.Skip(1).Select(stored => stored.Key.Value));
        Assert.Empty(await CollectAsync(Store.FindByDigestAsync(Digest.Empty, Token)));
    }

    [Fact]
    public async Task FindByDocumentAsync_EntriesOfReleases_ThatNameItInOneWayOrTheOther()
    {
        Digest document = Entry(7).Digest;
        SignedEntry asMap = EntryGenerators.Entry($$"""{"sha512": "{{Entry(1).Digest}}", "relocation_map": "{{document}}", "requirements": "{{Entry(2).Digest}}"}""", "");
        SignedEntry asRequirements = EntryGenerators.Entry($$"""{"requirements":"{{document}}","relocation_map":"{{Entry(2).Digest}}","sha512":"{{Entry(1).Digest}}"}""", "");
        SignedEntry asBoth = EntryGenerators.Entry($$"""{"requirements":"{{document}}","relocation_map":"{{document}}","sha512":"{{Entry(1).Digest}}"}""", "");
        await Store.AddAsync(Key, asMap, Token);
        await Store.AddAsync(Key, Entry(7), Token);
        await Store.AddAsync(EntryKey.Create("other"), asRequirements, Token);
        await Store.AddAsync(EntryKey.Create("other"), asBoth, Token);

        List<StoredEntry> found = await CollectAsync(Store.FindByDocumentAsync(document, Token));
        Assert.Equal([asMap, asRequirements, asBoth], found.Select(stored => stored.Entry));
        Assert.Equal([Key.Value, "other", "other"], found.Select(stored => stored.Key.Value));
        Assert.Empty(await CollectAsync(Store.FindByDocumentAsync(Entry(1).Digest, Token)));
    }

    [Fact]
    public async Task AddAsync_64Writers_EveryEntryIsThereOnceItIsAcknowledged()
    {
        await Parallel.ForAsync(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Token }, async (writer, token) =>
        {
            EntryKey own = EntryKey.Create($"writer{writer}");
            for (int number = 0; number < 10; number++)
            {
                Assert.Equal(EntryAddition.Added, await Store.AddAsync(own, Entry((writer * 10) + number), token));
                Assert.Equal(number + 1, (await Store.ListAsync(own, token)).Count);
            }
        });
        await ReopenAsync();
        Assert.Equal(640, (await CollectAsync(Store.EnumerateAsync(Token))).Count);
    }

    [Fact]
    public async Task AddAsync_AKeyThatIsReadAllTheTime_ShowsEachEntryOnceItIsAcknowledged()
    {
        int added = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                int before = Volatile.Read(ref added);
                Assert.InRange((await Store.ListAsync(Key, Token)).Count, before, 100);
            }
        }))];
        for (int number = 0; number < 100; number++)
        {
            await Store.AddAsync(Key, Entry(number), Token);
            Volatile.Write(ref added, number + 1);
            Assert.Equal(number + 1, (await Store.ListAsync(Key, Token)).Count);
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task AddAsync_64WritersOfTheSamePair_OneOfThemAddsIt()
    {
        EntryAddition[] additions = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => AddAsync(Key, Entry(1))));
        Assert.Single(additions, EntryAddition.Added);
        Assert.Single(await ListAsync(Key));
    }

    [Fact]
    public async Task AddAsync_CancelledBefore_AddsNothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.AddAsync(Key, Entry(1), cancelled.Token));
        Assert.Empty(await ListAsync(Key));
    }

    [Fact]
    public async Task AddAsync_Reopened_IsStillThere()
    {
        await Store.AddAsync(Key, Entry(1), Token);
        await ReopenAsync();
        Assert.Equal([Entry(1)], await ListAsync(Key));
        Assert.Equal(EntryAddition.AlreadyListed, await Store.AddAsync(Key, Entry(1), Token));
    }

    [Fact]
    public async Task AddAsync_MoreThanTheLimit_TheOldestGoes()
    {
        EntryKey other = EntryKey.Create("other");
        await Store.AddAsync(other, Entry(0), Token);
        for (int number = 0; number < 5; number++)
            Assert.Equal(EntryAddition.Added, await AddLimitedAsync(Entry(number), LimitTo(3)));
        Assert.Equal([Entry(4), Entry(3), Entry(2)], await ListAsync(Key));
        Assert.Equal(EntryAddition.AlreadyListed, await AddLimitedAsync(Entry(2), LimitTo(3)));
        Assert.Equal([Entry(4), Entry(3), Entry(2)], await ListAsync(Key));
        Assert.Single(await ListAsync(other));
        await ReopenAsync();
        Assert.Equal(3, (await ListAsync(Key)).Count);
    }

    [Fact]
    public async Task AddAsync_ProtectedEntries_StayWhenOthersFloodTheKey()
    {
        await AddLimitedAsync(Entry(0), LimitTo(3, 0, 2));
        for (int number = 1; number < 40; number++)
            Assert.Equal(EntryAddition.Added, await AddLimitedAsync(Entry(number), LimitTo(3, 0, 2)));
        Assert.Equal([Entry(39), Entry(2), Entry(0)], await ListAsync(Key));
    }

    [Fact]
    public async Task AddAsync_OnlyProtectedEntries_RefusesOthersAndLetsProtectedOnesIn()
    {
        for (int number = 0; number < 3; number++)
            await AddLimitedAsync(Entry(number), LimitTo(3, 0, 1, 2, 4));
        Assert.Equal(EntryAddition.KeyFull, await AddLimitedAsync(Entry(3), LimitTo(3, 0, 1, 2, 4)));
        Assert.Equal([Entry(2), Entry(1), Entry(0)], await ListAsync(Key));
        Assert.Equal(EntryAddition.AlreadyListed, await AddLimitedAsync(Entry(0), LimitTo(3, 0, 1, 2, 4)));
        Assert.Equal(EntryAddition.Added, await AddLimitedAsync(Entry(4), LimitTo(3, 0, 1, 2, 4)));
        Assert.Equal([Entry(4), Entry(2), Entry(1)], await ListAsync(Key));
    }

    [Fact]
    public async Task AddAsync_ExpiredEntries_GoFirstHoweverProtected()
    {
        SignedEntry expired = Entry(1, Time.GetUtcNow() - TimeSpan.FromDays(1));
        await Store.AddAsync(Key, Entry(0), Token);
        await Store.AddAsync(Key, expired, Token);
        Assert.Equal(EntryAddition.Added, await AddLimitedAsync(Entry(2), new EntryLimit(2, entry => entry.Equals(expired))));
        Assert.Equal([Entry(2), Entry(0)], await ListAsync(Key));
        Assert.Equal(2, (await CollectAsync(Store.EnumerateAsync(Token))).Count);
    }

    [Fact]
    public async Task AddAsync_LimitBelowWhatIsThere_CutsDownToIt()
    {
        for (int number = 0; number < 20; number++)
            await Store.AddAsync(Key, Entry(number), Token);
        Assert.Equal(EntryAddition.Added, await AddLimitedAsync(Entry(20), LimitTo(3, 5)));
        Assert.Equal([Entry(20), Entry(19), Entry(5)], await ListAsync(Key));
        Assert.Equal(EntryAddition.Added, await AddLimitedAsync(Entry(21), LimitTo(1)));
        Assert.Equal([Entry(21)], await ListAsync(Key));
    }

    [Fact]
    public async Task AddAsync_LessMayGoThanMust_ChangesNothing()
    {
        SignedEntry expired = Entry(9, Time.GetUtcNow() - TimeSpan.FromDays(1));
        foreach (SignedEntry entry in (SignedEntry[])[Entry(0), expired, Entry(1), Entry(2)])
            await Store.AddAsync(Key, entry, Token);
        Assert.Equal(EntryAddition.KeyFull, await Store.AddAsync(Key, Entry(3), new EntryRoom(1, [Entry(0), Entry(7), Entry(0), Entry(1)]), Token));
        Assert.Equal([Entry(2), Entry(1), Entry(0)], await ListAsync(Key));
        Assert.Equal(4, (await CollectAsync(Store.EnumerateAsync(Token))).Count);
        Assert.Equal(3, await Store.CountAsync(Key, Token));
        Assert.Equal([Entry(0), Entry(1), Entry(2)], (await CollectAsync(Store.ListOldestFirstAsync(Key, Token))).Select(stored => stored.Entry));
        Assert.Equal(EntryAddition.Added, await Store.AddAsync(Key, Entry(3), new EntryRoom(2, [Entry(0), Entry(1), Entry(2)]), Token));
        Assert.Equal([Entry(3), Entry(2)], await ListAsync(Key));
    }

    [Fact]
    public async Task ListNewestAsync_EntriesOfSeveralKeys_NewestFirstWithoutExpired()
    {
        Assert.Empty(await Store.ListNewestAsync(2, Token));
        await AddAsync(Key, Entry(0));
        await AddAsync(EntryKey.Create("another"), Entry(1));
        await AddAsync(Key, Entry(2, Time.GetUtcNow() - TimeSpan.FromDays(1)));
        await AddAsync(Key, Entry(3));

        Assert.Equal([Entry(3), Entry(1)], (await Store.ListNewestAsync(2, Token)).Select(stored => stored.Entry));
        Assert.Equal([Key, EntryKey.Create("another"), Key], (await Store.ListNewestAsync(9, Token)).Select(stored => stored.Key));
    }

    [Fact]
    public async Task AddAsync_64WritersOnALimitedKey_NobodyEverSeesMoreThanTheLimit()
    {
        EntryLimit limit = LimitTo(5, 0, 1);
        await AddLimitedAsync(Entry(0), limit);
        await AddLimitedAsync(Entry(1), limit);
        await Parallel.ForAsync(2, 258, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Token }, async (number, token) =>
        {
            Assert.Equal(EntryAddition.Added, await AddLimitedAsync(Entry(number), limit));
            Assert.InRange((await Store.ListAsync(Key, token)).Count, 3, 5);
        });
        List<SignedEntry> left = await ListAsync(Key);
        Assert.Equal(5, left.Count);
        Assert.Equal([Entry(1), Entry(0)], left[3..]);
    }

    /// <summary>One of many different entries.</summary>
    protected static SignedEntry Entry(int number, DateTimeOffset? expiresAt = null)
    {
        string end = expiresAt is { } date ? $$""", "expiration_date": "{{date:O}}" """ : "";
        return EntryGenerators.Entry(
            $$"""{"sha512": "{{Digest.Compute(BitConverter.GetBytes(number))}}", "url": "http://example.org/caf\u00e9/{{number}}"{{end}}}""",
            Convert.ToBase64String(Digest.Compute(BitConverter.GetBytes(-number)).ToString().Select(c => (byte)c).ToArray()));
    }

    protected static async Task<List<T>> CollectAsync<T>(IAsyncEnumerable<T> source)
    {
        List<T> items = [];
        await foreach (T item in source)
            items.Add(item);
        return items;
    }

    private static EntryLimit LimitTo(int maxEntries, params int[] protectedNumbers)
    {
        SignedEntry[] entries = [.. protectedNumbers.Select(number => Entry(number))];
        return new EntryLimit(maxEntries, entries.Contains);
    }

    private async Task<EntryAddition> AddLimitedAsync(SignedEntry entry, EntryLimit limit) =>
        await limit.AddAsync(Store, Key, entry, room => Store.AddAsync(Key, entry, room, Token), Token);

    private async Task<EntryAddition> AddAsync(EntryKey key, SignedEntry entry) => await Store.AddAsync(key, entry, Token);

    protected async Task<List<SignedEntry>> ListAsync(EntryKey key) => [.. (await Store.ListAsync(key, Token)).Select(stored => stored.Entry)];
}
