using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Client.Tests.Servers;

namespace Shacache.Client.Tests.Downloads;

public sealed class RevalidationTests : FetchSite
{
    private static readonly DownloadCacheOptions Revalidate = new() { Revalidate = true };
    private static readonly DateTimeOffset Then = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly byte[] Old = Content.Random(100_000);
    private static readonly byte[] New = Content.Random(120_000, seed: 2);

    private string _url = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _url = Origin.Publish("file", Old, Then);
        Assert.True((await Machine.FetchAsync(_url)).Contributed);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NotModified_TakesTheCachedCopy()
    {
        FetchResult result = await Machine.FetchAsync(_url, Revalidate);
        Assert.Equal((FetchSource.Cache, 304, 2), (result.Source, Origin.LastStatus, Origin.Requests.Count));
        Assert.Equal(Old, Machine.Read("file"));
        Assert.Empty(Machine.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Modified_TakesAndContributesTheNew()
    {
        Origin.Publish("file", New, Then.AddDays(1));
        FetchResult result = await Machine.FetchAsync(_url, Revalidate);
        Assert.Equal((FetchSource.Origin, true), (result.Source, result.Contributed));
        Assert.Equal(New, Machine.Read("file"));

        // What is new is listed first.
        await Origin.SwitchOffAsync();
        Assert.Equal(Content.DigestOf(New), (await Machine.FetchAsync(_url)).Digest);
        Assert.Empty(Machine.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_OriginDown_TakesTheCachedCopyAndWarns()
    {
        await Origin.SwitchOffAsync();
        FetchResult result = await Machine.FetchAsync(_url, Revalidate);
        Assert.Equal((FetchSource.Cache, Content.DigestOf(Old)), (result.Source, result.Digest));
        string warning = Assert.Single(Machine.Warnings);
        Assert.StartsWith("the cached copy is used unchecked: GET ", warning, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NotModifiedButContentGone_AsksTheOriginForAll()
    {
        File.Delete(Cache.StoredFile(Content.DigestOf(Old).ToString()));
        FetchResult result = await Machine.FetchAsync(_url, Revalidate);
        Assert.Equal((FetchSource.Origin, 200), (result.Source, Origin.LastStatus));
        Assert.Equal(Old, Machine.Read("file"));
        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync(_url)).Source);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_EntryWithoutValidators_AsksForAll()
    {
        string url = Origin.Publish("other", Old, Then);
        using var client = new NetworkCacheClient(Machine.Options);
        await client.IndexAsync(EntryKeys.ForUrl(url), Content.DigestOf(Old), null, Token);
        Assert.Equal(FetchSource.Origin, (await Machine.FetchAsync(url, Revalidate)).Source);
        // That brought the validators.
        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync(url, Revalidate)).Source);
    }
}
