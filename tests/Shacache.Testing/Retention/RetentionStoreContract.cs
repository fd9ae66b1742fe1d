using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Core.Upstreams;
using Shacache.Testing.Entries;

namespace Shacache.Testing.Retention;

/// <summary>The rules that every <see cref="IRetentionStore"/> obeys, with the entries and the blob index of its database. A backend inherits them.</summary>
public abstract class RetentionStoreContract : StoreContract
{
    private static readonly EntryKey Key = EntryKey.Create("pypi:é=1.0");
    private static readonly EntryKey OtherKey = EntryKey.Create("other");
    private static readonly Digest First = Digest.Compute("first"u8);
    private static readonly Digest Second = Digest.Compute("second"u8);

    private IRetentionStore Store => Database.Retention;

    [Fact]
    public async Task AddRuleAsync_ADigestAndAKey_AreListedAndRecorded_AlsoAfterARestart()
    {
        ContentRule pin = Rule(RuleKind.Pin, RuleSubject.Of(First), "release 1");
        ContentRule block = Rule(RuleKind.Block, RuleSubject.Of(Key), "");
        await Store.AddRuleAsync(pin, Line(AuditAction.Pin, First), Token);
        await Store.AddRuleAsync(block, Line(AuditAction.Block, Key), Token);
        await ReopenAsync();
        Assert.Equal([pin], await Store.ListRulesAsync(RuleKind.Pin, Token));
        Assert.Equal([block], await Store.ListRulesAsync(RuleKind.Block, Token));
        Assert.Equal([Line(AuditAction.Pin, First), Line(AuditAction.Block, Key)], await LinesAsync());
    }

    [Fact]
    public async Task AddRuleAsync_TheSameSubjectAgain_TakesThePlaceOfTheOld()
    {
        await Store.AddRuleAsync(Rule(RuleKind.Pin, RuleSubject.Of(First), "old"), Line(AuditAction.Pin, First), Token);
        await Store.AddRuleAsync(Rule(RuleKind.Block, RuleSubject.Of(First), "other kind"), Line(AuditAction.Block, First), Token);
        ContentRule renewed = Rule(RuleKind.Pin, RuleSubject.Of(First), "new") with { EndsAt = Time.GetUtcNow().AddDays(1) };
        await Store.AddRuleAsync(renewed, Line(AuditAction.Pin, First), Token);
        Assert.Equal([renewed], await Store.ListRulesAsync(RuleKind.Pin, Token));
        Assert.Single(await Store.ListRulesAsync(RuleKind.Block, Token));
    }

    [Fact]
    public async Task RemoveRuleAsync_NoSuchRule_RecordsNothing()
    {
        Assert.False(await Store.RemoveRuleAsync(RuleKind.Pin, RuleSubject.Of(First), Line(AuditAction.Unpin, First), Token));
        await Store.AddRuleAsync(Rule(RuleKind.Pin, RuleSubject.Of(Key), ""), Line(AuditAction.Pin, Key), Token);
        Assert.False(await Store.RemoveRuleAsync(RuleKind.Block, RuleSubject.Of(Key), Line(AuditAction.Unblock, Key), Token));
        Assert.True(await Store.RemoveRuleAsync(RuleKind.Pin, RuleSubject.Of(Key), Line(AuditAction.Unpin, Key), Token));
        Assert.Equal([AuditAction.Pin, AuditAction.Unpin], (await LinesAsync()).Select(line => line.Action));
    }

    [Fact]
    public async Task IsPinnedAsync_ByDigestByKeyAndByAnUpstreamsListing_UntilItEnds()
    {
        Assert.False(await Store.IsPinnedAsync(First, Token));
        ContentRule pin = Rule(RuleKind.Pin, RuleSubject.Of(Key), "") with { EndsAt = Time.GetUtcNow().AddHours(1) };
        await Store.AddRuleAsync(pin, Line(AuditAction.Pin, Key), Token);
        Assert.False(await Store.IsPinnedAsync(First, Token));
        await Database.Entries.AddAsync(Key, Entry(First, 1), Token);
        await Database.Entries.AddAsync(OtherKey, Entry(Second, 1), Token);
        Assert.True(await Store.IsPinnedAsync(First, Token));
        Assert.False(await Store.IsPinnedAsync(Second, Token));
        await Database.UpstreamListings.ReplaceAsync(Listing(Key, Entry(Second, 2)), Token);
        Assert.True(await Store.IsPinnedAsync(Second, Token));
        await Store.AddRuleAsync(Rule(RuleKind.Block, RuleSubject.Of(Digest.Empty), ""), Line(AuditAction.Block, Digest.Empty), Token);
        Assert.False(await Store.IsPinnedAsync(Digest.Empty, Token));

        Time.Advance(TimeSpan.FromHours(2));
        Assert.False(await Store.IsPinnedAsync(First, Token));
        Assert.Empty(await Store.ListRulesAsync(RuleKind.Pin, Token));
        await Store.AddRuleAsync(Rule(RuleKind.Pin, RuleSubject.Of(Second), ""), Line(AuditAction.Pin, Second), Token);
        Assert.True(await Store.IsPinnedAsync(Second, Token));
    }

    [Fact]
    public async Task IsNamedAsync_AnyPlaceThatNamesIt_Counts()
    {
        Assert.False(await Store.IsNamedAsync(First, Token));
        await Database.Entries.AddAsync(Key, Entry(First, 1), Token);
        await Database.UpstreamListings.ReplaceAsync(Listing(Key, Entry(Second, 1)), Token);
        await Database.Forwards.AddAsync(["site"], Digest.Empty, Token);
        Assert.True(await Store.IsNamedAsync(First, Token));
        Assert.True(await Store.IsNamedAsync(Second, Token));
        Assert.True(await Store.IsNamedAsync(Digest.Empty, Token));
    }

    /// <summary>The documents of a release are objects, too, that only its entry names.</summary>
    [Theory]
    [InlineData("relocation_map")]
    [InlineData("requirements")]
    public async Task IsNamedAsync_ADocumentOfARelease_CountsWhereverTheEntryIs(string member)
    {
        Digest document = Digest.Compute("document"u8), other = Digest.Compute("other"u8);
        await Database.Entries.AddAsync(Key, WithDocument(First, "sha513", document), Token);
        await Database.Entries.AddAsync(Key, EntryGenerators.Entry($$"""{"sha512": "{{First}}", "{{member}}": ["{{other}}"]}""", ""), Token);
        Assert.False(await Store.IsNamedAsync(document, Token));
        Assert.False(await Store.IsNamedAsync(other, Token));
        await Database.Entries.AddAsync(Key, WithDocument(First, member, document), Token);
        Assert.True(await Store.IsNamedAsync(document, Token));
        await Store.RemoveEntriesAsync(Key, null, null, Line(AuditAction.Remove, Key), Token);
        Assert.False(await Store.IsNamedAsync(document, Token));
        await Database.UpstreamListings.ReplaceAsync(Listing(Key, WithDocument(First, member, document)), Token);
        Assert.True(await Store.IsNamedAsync(document, Token));
        Assert.False(await Store.IsNamedAsync(other, Token));
    }

    [Theory]
    [InlineData("relocation_map")]
    [InlineData("requirements")]
    public async Task IsPinnedAsync_ADocumentOfAReleaseUnderAPinnedKey_IsPinned(string member)
    {
        Digest document = Digest.Compute("document"u8), listed = Digest.Compute("listed"u8), other = Digest.Compute("other"u8);
        await Database.Entries.AddAsync(Key, WithDocument(First, member, document), Token);
        await Database.Entries.AddAsync(OtherKey, WithDocument(First, member, other), Token);
        await Database.UpstreamListings.ReplaceAsync(Listing(Key, WithDocument(First, member, listed)), Token);
        Assert.False(await Store.IsPinnedAsync(document, Token));
        await Store.AddRuleAsync(Rule(RuleKind.Pin, RuleSubject.Of(Key), ""), Line(AuditAction.Pin, Key), Token);
        Assert.True(await Store.IsPinnedAsync(document, Token));
        Assert.True(await Store.IsPinnedAsync(listed, Token));
        Assert.False(await Store.IsPinnedAsync(other, Token));
    }

    [Fact]
    public async Task RemoveEntriesAsync_OfARelease_NamesItsDocuments()
    {
        Digest map = Digest.Compute("map"u8), requirements = Digest.Compute("requirements"u8);
        SignedEntry entry = EntryGenerators.Entry($$"""{"sha512":"{{First}}","relocation_map":"{{map.ToString().ToUpperInvariant()}}","requirements" : "{{requirements}}"}""", "");
        await Database.Entries.AddAsync(Key, entry, Token);
        await Database.UpstreamListings.ReplaceAsync(Listing(Key, entry), Token);
        Assert.True(await Store.IsNamedAsync(map, Token));
        Assert.True(await Store.IsNamedAsync(requirements, Token));

        RemovedEntries removed = await Store.RemoveEntriesAsync(Key, null, null, Line(AuditAction.Remove, Key), Token);

        Assert.Equal(2, removed.Count);
        Assert.Equal(new HashSet<Digest> { First, map, requirements }, removed.Digests.ToHashSet());
        Assert.False(await Store.IsNamedAsync(map, Token));
    }

    [Fact]
    public async Task WithdrawAsync_EntriesThatNameIt_AreMarkedUntilItIsStoredAgain()
    {
        await Database.Entries.AddAsync(Key, Entry(First, 1), Token);
        await Database.Entries.AddAsync(OtherKey, Entry(First, 2), Token);
        await Database.Entries.AddAsync(OtherKey, Entry(Second, 3), Token);
        ContentRule block = Rule(RuleKind.Block, RuleSubject.Of(First), "key material");
        Assert.Equal(2, await Store.WithdrawAsync(First, block, Line(AuditAction.Remove, First), Token));
        Assert.Equal([block], await Store.ListRulesAsync(RuleKind.Block, Token));
        Assert.Equal([Line(AuditAction.Remove, First)], await LinesAsync());
        DateTimeOffset gone = Time.GetUtcNow();
        Assert.Equal([gone], await GoneAsync(Key));
        Assert.Equal([null, gone], await GoneAsync(OtherKey));
        Assert.Equal([OtherKey], (await Database.Entries.ListKeysAsync(new KeyQuery(), Token)).Keys);

        Time.Advance(TimeSpan.FromDays(1));
        await Store.WithdrawAsync(First, null, Line(AuditAction.Remove, First), Token);
        Assert.Equal([gone], await GoneAsync(Key));
        await Database.BlobIndex.WriteAsync([new(First, BlobNote.Used(5, 1))], Token);
        Assert.Equal([null], await GoneAsync(Key));
        Assert.Equal([OtherKey, Key], (await Database.Entries.ListKeysAsync(new KeyQuery(), Token)).Keys);
    }

    [Fact]
    public async Task BlobIndex_ABlobThatItKnewIsGone_EntriesAreMarked_AndThoseAheadOfTheirContentAreNot()
    {
        await Database.Entries.AddAsync(Key, Entry(First, 1), Token);
        await Database.Entries.AddAsync(OtherKey, Entry(Second, 1), Token);
        await Database.BlobIndex.WriteAsync([new(First, BlobNote.Used(5, 1))], Token);
        await Database.BlobIndex.WriteAsync([new(First, BlobNote.Deleted), new(Second, BlobNote.Deleted)], Token);
        Assert.Equal([Time.GetUtcNow()], await GoneAsync(Key));
        Assert.Equal([null], await GoneAsync(OtherKey));

        await Database.Entries.AddAsync(Key, Entry(First, 1), Token);
        Assert.Equal([null], await GoneAsync(Key));
        await Database.BlobIndex.WriteAsync([new(First, BlobNote.Used(5, 1))], Token);
        await Database.BlobIndex.RebuildAsync(AsyncEnumerable.Empty<BlobInfo>(), Token);
        Assert.Equal([Time.GetUtcNow()], await GoneAsync(Key));
    }

    [Fact]
    public async Task RemoveEntriesAsync_AKey_TakesItsEntriesFromEverywhere()
    {
        await Database.Entries.AddAsync(Key, Entry(First, 1), Token);
        await Database.Entries.AddAsync(Key, Entry(Second, 2), Token);
        await Database.Entries.AddAsync(OtherKey, Entry(First, 3), Token);
        await Database.UpstreamListings.ReplaceAsync(Listing(Key, Entry(First, 4), Entry(First, 5)), Token);

        RemovedEntries some = await Store.RemoveEntriesAsync(Key, First, null, Line(AuditAction.Remove, Key), Token);
        Assert.Equal(3, some.Count);
        Assert.Equal([First], some.Digests);
        Assert.Null(await Database.UpstreamListings.FindAsync(Key, Token));
        Assert.Equal(Second, Assert.Single(await Database.Entries.ListAsync(Key, Token)).Entry.Digest);

        ContentRule block = Rule(RuleKind.Block, RuleSubject.Of(Key), "");
        RemovedEntries rest = await Store.RemoveEntriesAsync(Key, null, block, Line(AuditAction.Remove, Key), Token);
        Assert.Equal((1, Second), (rest.Count, Assert.Single(rest.Digests)));
        Assert.Equal(0, (await Store.RemoveEntriesAsync(Key, null, null, Line(AuditAction.Remove, Key), Token)).Count);
        Assert.Equal([block], await Store.ListRulesAsync(RuleKind.Block, Token));
        Assert.Single(await Database.Entries.ListAsync(OtherKey, Token));
        Assert.Equal(3, (await LinesAsync()).Count);
    }

    [Fact]
    public async Task CleanAsync_EveryKind_CountsAndDeletesWhatIsOld()
    {
        DateTimeOffset start = Time.GetUtcNow();
        await Database.Entries.AddAsync(Key, EntryGenerators.Entry($$"""{"sha512": "{{First}}", "expiration_date": "2026-01-03T00:00:00"}""", ""), Token);
        await Database.Entries.AddAsync(Key, Entry(Second, 1), Token);
        await Database.Entries.AddAsync(OtherKey, Entry(First, 2), Token);
        await Store.WithdrawAsync(Second, null, Line(AuditAction.Remove, Second), Token);
        await Store.AddRuleAsync(Rule(RuleKind.Pin, RuleSubject.Of(First), "") with { EndsAt = start.AddHours(1) }, Line(AuditAction.Pin, First), Token);
        Time.Advance(TimeSpan.FromDays(3));
        await Database.AuditLog.AddAsync([Line(AuditAction.Upload, First)], Token);
        DateTimeOffset before = Time.GetUtcNow().AddDays(-1);
        foreach (StaleKind kind in Enum.GetValues<StaleKind>())
        {
            long expected = kind == StaleKind.AuditLines ? 2 : 1;
            Assert.Equal(0, await Store.CleanAsync(kind, start.AddDays(-1), 10, Token));
            Assert.Equal(expected, await Store.CleanAsync(kind, before, null, Token));
            Assert.Equal(expected, await Store.CleanAsync(kind, before, 10, Token));
            Assert.Equal(0, await Store.CleanAsync(kind, before, null, Token));
        }

        Assert.Equal([First], (await ListAllAsync()).Select(stored => stored.Entry.Digest));
        List<AuditEntry> lines = await LinesAsync();
        Assert.Equal([AuditAction.Upload, AuditAction.CleanUp], lines.Select(line => line.Action));
        Assert.Equal((AuditEntry.Server, "2 lines before 2026-01-04 removed, 1 to 2"), (lines[1].Actor, lines[1].Detail));
        Assert.Equal(0, await Store.CleanAsync(StaleKind.AuditLines, before, 1, Token));
    }

    private static SignedEntry Entry(Digest digest, int number) => EntryGenerators.Entry($$"""{"sha512": "{{digest}}", "number": {{number}}}""", "");

    private static SignedEntry WithDocument(Digest digest, string member, Digest document) =>
        EntryGenerators.Entry($$"""{"sha512": "{{digest}}", "{{member}}": "{{document}}"}""", "");

    private ContentRule Rule(RuleKind kind, RuleSubject subject, string reason) => new(kind, subject, Time.GetUtcNow(), null, "chief", reason);

    private AuditEntry Line(AuditAction action, object subject) => new(Time.GetUtcNow(), "chief", action, subject.ToString()!, "192.0.2.1", "why");

    private UpstreamListing Listing(EntryKey key, params SignedEntry[] entries) => new(key, entries, "site", Time.GetUtcNow(), TimeSpan.Zero, Time.GetUtcNow());

    private async Task<List<DateTimeOffset?>> GoneAsync(EntryKey key) => [.. (await Database.Entries.ListAsync(key, Token)).Select(stored => stored.GoneAt)];

    private async Task<List<StoredEntry>> ListAllAsync()
    {
        List<StoredEntry> all = [];
        await foreach (StoredEntry stored in Database.Entries.EnumerateAsync(Token))
            all.Add(stored);
        return all;
    }

    private async Task<List<AuditEntry>> LinesAsync()
    {
        List<AuditEntry> lines = [];
        await foreach (AuditRecord line in Database.AuditLog.ReadAsync(new AuditQuery { NewestFirst = false }, Token))
            lines.Add(line.Entry);
        return lines;
    }
}
