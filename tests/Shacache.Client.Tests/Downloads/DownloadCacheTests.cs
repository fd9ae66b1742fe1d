using System.Text.Json.Nodes;
using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Downloads;

/// <summary>A machine that fetches from the real server over real stores, and from a real web server.</summary>
public sealed class DownloadCacheTests : IAsyncLifetime
{
    private static readonly DownloadCacheOptions Offline = new() { UseOrigin = false };
    private static readonly byte[] Bytes = Content.Random(300_000);

    private CacheServer _cache = null!;
    private OriginServer _origin = null!;
    private BuildMachine _machine = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cache = await CacheServer.StartAsync(Token);
        _origin = await OriginServer.StartAsync(Token);
        _machine = BuildMachine.Of(_cache);
    }

    public async ValueTask DisposeAsync()
    {
        _machine.Dispose();
        await _origin.DisposeAsync();
        await _cache.DisposeAsync();
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Miss_ContributesOnceAndThenNeedsNoOrigin()
    {
        string url = _origin.Publish("foo-1.2.tar.gz", Bytes);

        FetchResult first = await _machine.FetchAsync(url);
        FetchResult second = await _machine.FetchAsync(url);
        await _origin.SwitchOffAsync();
        FetchResult third = await _machine.FetchAsync(url);

        Digest digest = Content.DigestOf(Bytes);
        Assert.Equal(new FetchResult(url, FetchSource.Origin, digest, Bytes.Length, Contributed: true), first);
        Assert.Equal(new FetchResult(url, FetchSource.Cache, digest, Bytes.Length, Contributed: false), second);
        Assert.Equal(second, third);
        Assert.Equal(Bytes, _machine.Read("file"));
        Assert.Equal(["file"], _machine.Names);
        Assert.Equal(["GET /foo-1.2.tar.gz"], _origin.Requests);
        JsonObject entry = Assert.Single(await EntriesAsync(url));
        Assert.Equal((url, EntryKeys.UrlMd5(url), "foo-1.2.tar.gz"), ((string?)entry["url"], (string?)entry["urlmd5"], (string?)entry["file_name"]));
        Assert.Matches("^\"[0-9a-f]+\"$", (string?)entry["ETag"]);
        Assert.EndsWith(" GMT", (string?)entry["Last-Modified"], StringComparison.Ordinal);
        Assert.Empty(_machine.Warnings);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("https://origin.invalid/a.tar.gz")]
    [InlineData("https://pypi.invalid/a.tar.gz")]
    public async Task FetchToFileAsync_OldKey_IsFound(string url)
    {
        using var client = new NetworkCacheClient(_machine.Options);
        await client.UploadAsync(new MemoryStream(Bytes), null, Token);
        await client.IndexAsync(EntryKeys.ForUrlInOlderBuildouts(url), Content.DigestOf(Bytes), null, Token);

        Assert.Equal(FetchSource.Cache, (await _machine.FetchAsync(url)).Source);
        Assert.Equal(Bytes, _machine.Read("file"));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_WrongByteInTheStore_TakesTheOriginAndRepairsTheCache()
    {
        string url = _origin.Publish("file", Bytes);
        FetchResult first = await _machine.FetchAsync(url);
        Damage(first.Digest);

        FetchResult second = await _machine.FetchAsync(url);
        await _origin.SwitchOffAsync();
        FetchResult third = await _machine.FetchAsync(url, Offline);

        Assert.Equal((FetchSource.Origin, first.Digest, true), (second.Source, second.Digest, second.Contributed));
        Assert.Equal((FetchSource.Cache, first.Digest), (third.Source, third.Digest));
        Assert.Equal(Bytes, _machine.Read("file"));
        Assert.Equal(["file"], _machine.Names);
        Assert.Contains("404", Assert.Single(_machine.Warnings), StringComparison.Ordinal);
        Assert.Single(await EntriesAsync(url));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_ServerSendsSomethingElse_TakesTheOriginAndGivesItTheRightBytes()
    {
        string url = _origin.Publish("file", Bytes);
        string digest = Content.DigestOf(Bytes).ToString();
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using var machine = new BuildMachine(server.Url, server.Url);
        machine.Options = machine.Options with { MaxRetries = 0 };
        Assert.True((await machine.FetchAsync(url)).Contributed);
        byte[] damaged = [.. Bytes];
        damaged[12345] ^= 1;
        cache.Blobs[digest] = damaged;

        FetchResult repaired = await machine.FetchAsync(url);
        await _origin.SwitchOffAsync();
        File.WriteAllText(machine.PathOf("file"), "old");
        cache.Blobs[digest] = damaged;
        await Assert.ThrowsAsync<NetworkCacheUnavailableException>(() => machine.FetchAsync(url));
        await Assert.ThrowsAsync<NotCachedException>(() => machine.FetchAsync(url, Offline));

        Assert.Equal((FetchSource.Origin, true), (repaired.Source, repaired.Contributed));
        Assert.Equal(2, server.Requests.Count(request => request.StartsWith("POST", StringComparison.Ordinal)));
        Assert.Equal("old", File.ReadAllText(machine.PathOf("file")));
        Assert.Equal(["file"], machine.Names);
        Assert.Equal(3, machine.Warnings.Count);
        Assert.All(machine.Warnings, warning => Assert.Contains("they are not used", warning, StringComparison.Ordinal));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NewestEntryIsUseless_TakesTheNext()
    {
        const string Url = "https://origin.invalid/file";
        using var client = new NetworkCacheClient(_machine.Options);
        await client.UploadAsync(new MemoryStream(Bytes), null, Token);
        await client.IndexAsync(EntryKeys.ForUrl(Url), Content.DigestOf(Bytes), null, Token);
        await client.IndexAsync(EntryKeys.ForUrl(Url), Content.DigestOf([1]), null, Token);

        Assert.Equal(Content.DigestOf(Bytes), (await _machine.FetchAsync(Url)).Digest);
        Assert.Contains("404", Assert.Single(_machine.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Untrusted_TakesTheOriginAndWarnsOnce()
    {
        string url = _origin.Publish("file", Bytes);
        await _machine.FetchAsync(url);
        _machine.Options = _machine.Options with { SignatureCertificateList = TestKeys.Second.CertificatePem };
        DownloadCache cache = _machine.Open(new DownloadCacheOptions { Contribute = false });
        await cache.FetchToFileAsync(url, _machine.PathOf("file"), null, null, Token);
        FetchResult last = await cache.FetchToFileAsync(url, _machine.PathOf("file"), null, null, Token);

        Assert.Equal(FetchSource.Origin, last.Source);
        Assert.Contains("none of the 1 entries", Assert.Single(_machine.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Blacklisted_NeitherLooksUpNorContributes()
    {
        string url = _origin.Publish("branch-head.tar.gz", Bytes);
        await _machine.FetchAsync(url);
        _machine.Options = _machine.Options with { DownloadCacheUrlBlacklist = new([$"{_origin.Url}/branch-"]) };
        byte[] newer = Content.Random(1000, seed: 2);
        _origin.Publish("branch-head.tar.gz", newer);

        FetchResult result = await _machine.FetchAsync(url);
        NotCachedException offline = await Assert.ThrowsAsync<NotCachedException>(() => _machine.FetchAsync(url, Offline));

        Assert.Equal((FetchSource.Origin, false), (result.Source, result.Contributed));
        Assert.Equal(newer, _machine.Read("file"));
        Assert.Single(await EntriesAsync(url));
        Assert.Contains("/branch- of download-cache-url-blacklist", offline.Message, StringComparison.Ordinal);
        Assert.Empty(_machine.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Offline_NeverAsksTheOrigin()
    {
        string url = _origin.Publish("file", Bytes);
        NotCachedException e = await Assert.ThrowsAsync<NotCachedException>(() => _machine.FetchAsync(url, Offline));
        Assert.Contains($"lists nothing trusted for it (key file-urlmd5:{EntryKeys.UrlMd5(url)})", e.Message, StringComparison.Ordinal);
        Assert.Empty(_origin.Requests);
        Assert.Empty(_machine.Names);

        await _machine.FetchAsync(url);
        Assert.Equal(FetchSource.Cache, (await _machine.FetchAsync(url, Offline)).Source);
        Assert.Single(_origin.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NoCache_NeitherAsksNorContributes()
    {
        string url = _origin.Publish("file", Bytes);
        FetchResult result = await _machine.FetchAsync(url, new DownloadCacheOptions { UseCache = false });
        Assert.Equal((FetchSource.Origin, false), (result.Source, result.Contributed));
        Assert.Empty(await EntriesAsync(url));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NoKey_WarnsAndDoesNotContribute()
    {
        string url = _origin.Publish("file", Bytes);
        _machine.Options = _machine.Options with { SignaturePrivateKeyFile = null };
        Assert.False((await _machine.FetchAsync(url)).Contributed);
        Assert.Contains("signature-private-key-file", Assert.Single(_machine.Warnings), StringComparison.Ordinal);
        Assert.Empty(await EntriesAsync(url));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_KeyNobodyTrusts_WarnsAndTheFileIsThere()
    {
        string url = _origin.Publish("file", Bytes);
        _machine.Options = _machine.Options with { SignatureCertificateList = TestKeys.Second.CertificatePem };
        Assert.False((await _machine.FetchAsync(url)).Contributed);
        Assert.Equal(Bytes, _machine.Read("file"));
        Assert.Contains("is not contributed", Assert.Single(_machine.Warnings), StringComparison.Ordinal);
        Assert.Empty(await EntriesAsync(url));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_UrlWithPassword_IsNotContributedAndNotShown()
    {
        string url = _origin.Publish("file", Bytes).Replace("//", "//user:secret@", StringComparison.Ordinal);
        _machine.Options = _machine.Options with { MaxRetries = 0 };
        Assert.False((await _machine.FetchAsync(url)).Contributed);
        Assert.Empty(await EntriesAsync(url));
        await _origin.SwitchOffAsync();
        NetworkCacheException e = await Assert.ThrowsAnyAsync<NetworkCacheException>(() => _machine.FetchAsync(url));
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            $"{_origin.Url}/file is not contributed to the network cache: everybody could read user and password in its listing.", _machine.Warnings.First());
        Assert.DoesNotContain(_machine.Warnings, warning => warning.Contains("secret", StringComparison.Ordinal));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Concurrent_AllArriveAndAllAreContributed()
    {
        DownloadCache cache = _machine.Open();
        byte[][] contents = [.. Enumerable.Range(0, 20).Select(i => Content.Random(i * 20_000, seed: i))];
        string[] urls = [.. contents.Select((content, i) => _origin.Publish($"f{i}", content))];

        FetchResult[] results = await Task.WhenAll(urls.Select((url, i) => cache.FetchToFileAsync(url, _machine.PathOf($"f{i}"), null, null, Token)));
        await _origin.SwitchOffAsync();
        FetchResult[] again = await Task.WhenAll(urls.Select((url, i) => cache.FetchToFileAsync(url, _machine.PathOf($"f{i}"), null, null, Token)));

        Assert.All(results, result => Assert.Equal((FetchSource.Origin, true), (result.Source, result.Contributed)));
        Assert.All(again, result => Assert.Equal(FetchSource.Cache, result.Source));
        Assert.All(Enumerable.Range(0, contents.Length), i => Assert.Equal(contents[i], _machine.Read($"f{i}")));
        Assert.Empty(_machine.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task OpenAsync_FromTheCache_GivesTheContent()
    {
        string url = _origin.Publish("file", Bytes);
        await _machine.FetchAsync(url);
        await _origin.SwitchOffAsync();
        await using Stream content = await _machine.Open().OpenAsync(url, null, null, Token);
        var copy = new MemoryStream();
        await content.CopyToAsync(copy, Token);
        Assert.Equal(Bytes, copy.ToArray());
    }

    private async Task<JsonObject[]> EntriesAsync(string url)
    {
        using var client = new NetworkCacheClient(_machine.Options);
        IReadOnlyList<SelectedEntry> entries = await client.SelectAsync(EntryKeys.ForUrl(url), Token);
        return [.. entries.Select(entry => (JsonObject)JsonNode.Parse(entry.Entry.Information)!)];
    }

    private void Damage(Digest digest)
    {
        byte[] bytes = File.ReadAllBytes(_cache.StoredFile(digest.ToString()));
        bytes[12345] ^= 1;
        File.Delete(_cache.StoredFile(digest.ToString()));
        File.WriteAllBytes(_cache.StoredFile(digest.ToString()), bytes);
    }
}
