using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Testing.Entries;

namespace Shacache.Testing.Upstreams;

/// <summary>The rules that every <see cref="IForwardQueue"/> obeys. A backend inherits them.</summary>
public abstract class ForwardQueueContract : StoreContract
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    private static readonly EntryKey Key = EntryKey.Create("pypi:é=1.0");
    private static readonly Digest Content = Digest.Compute([1]);
    private static readonly SignedEntry Entry = EntryGenerators.Entry($$"""{"sha512":  "{{Content}}", "x": "\u00e9 é"}""", "AAEC\nAw==");

    /// <summary>The queue under test, empty at the beginning of each test.</summary>
    protected IForwardQueue Queue => Database.Forwards;

    [Fact]
    public async Task FindNextAsync_EmptyQueue_IsNull()
    {
        Assert.Null(await FindNextAsync("site"));
        Assert.Equal(default, await Queue.CountAsync(Token));
    }

    [Fact]
    public async Task TryTakeTurnAsync_OneAtATimeForEachUpstream_AndAgainWhenItHasEnded()
    {
        await using (await TakeTurnAsync("site"))
        {
            Assert.Null(await Queue.TryTakeTurnAsync("site", Token));
            await (await TakeTurnAsync("other")).DisposeAsync();
        }

        await (await TakeTurnAsync("site")).DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(36_500)]
    public async Task FindNextAsync_PostponedByAClockThatWasAhead_IsDueNow_BeforeWhatIsDueLater(int daysAhead)
    {
        await Queue.AddAsync(["site"], Content, Token);
        ForwardItem misdated = (await FindNextAsync("site"))!;
        await PostponeAsync(misdated, Time.GetUtcNow() + TimeSpan.FromDays(daysAhead), "The upstream answered 503.");
        await Queue.AddAsync(["site"], Digest.Compute([2]), Token);
        ForwardItem postponed = (await FindNextAsync("site", TimeSpan.FromDays(40_000)))!;
        await PostponeAsync(postponed, Time.GetUtcNow() + LongestPause, "The upstream answered 503.");

        ForwardItem next = (await FindNextAsync("site"))!;

        Assert.Equal((Content, Time.GetUtcNow()), (next.Digest, next.DueAt));
        await RemoveAsync(next);
        next = (await FindNextAsync("site"))!;
        Assert.Equal((Digest.Compute([2]), Time.GetUtcNow() + LongestPause), (next.Digest, next.DueAt));
    }

    [Fact]
    public async Task AddAsync_Entry_ComesBehindItsContent_AlsoAfterARestart()
    {
        await Queue.AddAsync(["site"], Key, Entry, Token);
        await ReopenAsync();

        ForwardItem content = Assert.IsType<ForwardItem>(await FindNextAsync("site"));
        Assert.Equal((Content, null, null), (content.Digest, content.Key, content.Entry));
        Assert.Equal(Time.GetUtcNow(), content.QueuedAt);
        await RemoveAsync(content);

        ForwardItem entry = Assert.IsType<ForwardItem>(await FindNextAsync("site"));
        Assert.Equal((Content, Key, Entry), (entry.Digest, entry.Key, entry.Entry));
        await RemoveAsync(entry);
        Assert.Null(await FindNextAsync("site"));
    }

    [Fact]
    public async Task AddAsync_WaitsAlready_IsThereOnce()
    {
        for (int i = 0; i < 2; i++)
        {
            await Queue.AddAsync(["site"], Content, Token);
            await Queue.AddAsync(["site"], Key, Entry, Token);
        }

        await Queue.AddAsync(["site"], Key, EntryGenerators.Entry(Entry.Information, ""), Token);

        Assert.Equal(new ForwardTotals(3, 0), await Queue.CountAsync(Token));
    }

    [Fact]
    public async Task AddAsync_SeveralUpstreams_EachHasItsOwn()
    {
        await Queue.AddAsync(["one", "two"], Content, Token);
        await RemoveAsync((await FindNextAsync("one"))!);

        Assert.Null(await FindNextAsync("one"));
        Assert.Equal("two", (await FindNextAsync("two"))!.Upstream);
    }

    [Fact]
    public async Task PostponeAsync_Content_OthersGoFirst_ButNotItsEntries()
    {
        await Queue.AddAsync(["site"], Key, Entry, Token);
        await Queue.AddAsync(["site"], Digest.Compute([2]), Token);
        ForwardItem first = (await FindNextAsync("site"))!;
        await PostponeAsync(first, Time.GetUtcNow() + TimeSpan.FromMinutes(1), "The upstream answered 500.");

        ForwardItem second = (await FindNextAsync("site"))!;
        Assert.Equal(Digest.Compute([2]), second.Digest);
        await RemoveAsync(second);

        ForwardItem again = (await FindNextAsync("site"))!;
        Assert.Equal((first.Id, 1, "The upstream answered 500."), (again.Id, again.Attempts, again.Problem));
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromMinutes(1), again.DueAt);
    }

    [Fact]
    public async Task RefuseAsync_Content_IsShownWithItsEntries_AndSentAgainOnlyWhenTold()
    {
        await Queue.AddAsync(["site", "other"], Key, Entry, Token);
        await RefuseAsync((await FindNextAsync("site"))!, "The upstream answered 403.");

        Assert.Null(await FindNextAsync("site"));
        Assert.NotNull(await FindNextAsync("other"));
        Assert.Equal(new ForwardTotals(2, 2), await Queue.CountAsync(Token));
        List<ForwardItem> refused = [.. (await ListAsync()).Where(item => item.RefusedAt is not null)];
        Assert.Equal(["The upstream answered 403.", "Its content was refused: The upstream answered 403."], refused.Select(item => item.Problem));
        Assert.All(refused, item => Assert.Equal(("site", Time.GetUtcNow()), (item.Upstream, item.RefusedAt)));

        Assert.Equal(2, await Queue.RetryAllAsync(Token));
        Assert.Equal(Content, (await FindNextAsync("site"))!.Digest);
        Assert.Equal(new ForwardTotals(4, 0), await Queue.CountAsync(Token));
    }

    [Fact]
    public async Task AddAsync_WasRefusedBefore_WaitsAnew()
    {
        await Queue.AddAsync(["site"], Content, Token);
        await RefuseAsync((await FindNextAsync("site"))!, "No.");
        await Queue.AddAsync(["site"], Content, Token);

        Assert.Equal(new ForwardTotals(1, 1), await Queue.CountAsync(Token));
        Assert.Equal(1, await Queue.RemoveRefusedAsync(Token));
        Assert.Equal(new ForwardTotals(1, 0), await Queue.CountAsync(Token));
    }

    [Fact]
    public async Task ListAsync_SeveralPages_IsInTheOrderOfAddition()
    {
        Digest[] digests = [.. Enumerable.Range(0, 200).Select(i => Digest.Compute([(byte)i]))];
        foreach (Digest digest in digests)
            await Queue.AddAsync(["site"], digest, Token);

        Assert.Equal(digests, (await ListAsync()).Select(item => item.Digest));
    }

    private async Task<ForwardItem?> FindNextAsync(string upstream, TimeSpan? longestPause = null)
    {
        await using IForwardTurn turn = await TakeTurnAsync(upstream);
        return await turn.FindNextAsync(longestPause ?? LongestPause, Token);
    }

    private async Task RemoveAsync(ForwardItem item)
    {
        await using IForwardTurn turn = await TakeTurnAsync(item.Upstream);
        await turn.RemoveAsync(item, Token);
    }

    private async Task PostponeAsync(ForwardItem item, DateTimeOffset dueAt, string problem)
    {
        await using IForwardTurn turn = await TakeTurnAsync(item.Upstream);
        await turn.PostponeAsync(item, dueAt, problem, Token);
    }

    private async Task RefuseAsync(ForwardItem item, string problem)
    {
        await using IForwardTurn turn = await TakeTurnAsync(item.Upstream);
        await turn.RefuseAsync(item, problem, Token);
    }

    private async Task<IForwardTurn> TakeTurnAsync(string upstream) => Assert.IsAssignableFrom<IForwardTurn>(await Queue.TryTakeTurnAsync(upstream, Token));

    private async Task<List<ForwardItem>> ListAsync()
    {
        List<ForwardItem> items = [];
        await foreach (ForwardItem item in Queue.ListAsync(Token))
            items.Add(item);
        return items;
    }
}
