using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Client.Tests.Servers;

namespace Shacache.Client.Tests.Downloads;

public sealed class RevalidationTests : IAsyncLifetime
{
    private static readonly DownloadCacheOptions Revalidate = new() { Revalidate = true };
    private static readonly DateTimeOffset Then = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly byte[] Old = Content.Random(100_000);
    private static readonly byte[] New = Content.Random(120_000, seed: 2);

    private CacheServer _cache = null!;
    private OriginServer _origin = null!;
    private BuildMachine _machine = null!;
    private string _url = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cache = await CacheServer.StartAsync(Token);
        _origin = await OriginServer.StartAsync(Token);
        _machine = BuildMachine.Of(_cache);
        _url = _origin.Publish("file", Old, Then);
        Assert.True((await _machine.FetchAsync(_url)).Contributed);
    }

    public async ValueTask DisposeAsync()
    {
        _machine.Dispose();
        await _origin.DisposeAsync();
        await _cache.DisposeAsync();
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NotModified_TakesTheCachedCopy()
    {
        FetchResult result = await _machine.FetchAsync(_url, Revalidate);
        Assert.Equal((FetchSource.Cache, 304, 2), (result.Source, _origin.LastStatus, _origin.Requests.Count));
        Assert.Equal(Old, _machine.Read("file"));
        Assert.Empty(_machine.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Modified_TakesAndContributesTheNew()
    {
        _origin.Publish("file", New, Then.AddDays(1));
        FetchResult result = await _machine.FetchAsync(_url, Revalidate);
        Assert.Equal((FetchSource.Origin, true), (result.Source, result.Contributed));
        Assert.Equal(New, _machine.Read("file"));

        // What is new is listed first.
        await _origin.SwitchOffAsync();
        Assert.Equal(Content.DigestOf(New), (await _machine.FetchAsync(_url)).Digest);
        Assert.Empty(_machine.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_OriginDown_TakesTheCachedCopyAndWarns()
    {
        await _origin.SwitchOffAsync();
        FetchResult result = await _machine.FetchAsync(_url, Revalidate);
        Assert.Equal((FetchSource.Cache, Content.DigestOf(Old)), (result.Source, result.Digest));
        string warning = Assert.Single(_machine.Warnings);
        Assert.StartsWith("the cached copy is used unchecked: GET ", warning, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NotModifiedButContentGone_AsksTheOriginForAll()
    {
        File.Delete(_cache.StoredFile(Content.DigestOf(Old).ToString()));
        FetchResult result = await _machine.FetchAsync(_url, Revalidate);
        Assert.Equal((FetchSource.Origin, 200), (result.Source, _origin.LastStatus));
        Assert.Equal(Old, _machine.Read("file"));
        Assert.Equal(FetchSource.Cache, (await _machine.FetchAsync(_url)).Source);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_EntryWithoutValidators_AsksForAll()
    {
        string url = _origin.Publish("other", Old, Then);
        using var client = new NetworkCacheClient(_machine.Options);
        await client.IndexAsync(EntryKeys.ForUrl(url), Content.DigestOf(Old), null, Token);
        Assert.Equal(FetchSource.Origin, (await _machine.FetchAsync(url, Revalidate)).Source);
        // That brought the validators.
        Assert.Equal(FetchSource.Cache, (await _machine.FetchAsync(url, Revalidate)).Source);
    }
}
