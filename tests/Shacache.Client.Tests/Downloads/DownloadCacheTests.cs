using System.Text.Json.Nodes;
using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Downloads;

/// <summary>A machine that fetches from the real server over real stores, and from a real web server.</summary>
public sealed class DownloadCacheTests : FetchSite
{
    private static readonly DownloadCacheOptions Offline = new() { UseOrigin = false };
    private static readonly byte[] Bytes = Content.Random(300_000);

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Miss_ContributesOnceAndThenNeedsNoOrigin()
    {
        string url = Origin.Publish("foo-1.2.tar.gz", Bytes);

        FetchResult first = await Machine.FetchAsync(url);
        FetchResult second = await Machine.FetchAsync(url);
        await Origin.SwitchOffAsync();
        FetchResult third = await Machine.FetchAsync(url);

        Digest digest = Content.DigestOf(Bytes);
        Assert.Equal(new FetchResult(url, FetchSource.Origin, digest, Bytes.Length, Contributed: true), first);
        Assert.Equal(new FetchResult(url, FetchSource.Cache, digest, Bytes.Length, Contributed: false), second);
        Assert.Equal(second, third);
        Assert.Equal(Bytes, Machine.Read("file"));
        Assert.Equal(["file"], Machine.Names);
        Assert.Equal(["GET /foo-1.2.tar.gz"], Origin.Requests);
        JsonObject entry = Assert.Single(await EntriesAsync(url));
        Assert.Equal((url, EntryKeys.UrlMd5(url), "foo-1.2.tar.gz"), ((string?)entry["url"], (string?)entry["urlmd5"], (string?)entry["file_name"]));
        Assert.Matches("^\"[0-9a-f]+\"$", (string?)entry["ETag"]);
        Assert.EndsWith(" GMT", (string?)entry["Last-Modified"], StringComparison.Ordinal);
        Assert.InRange((double)entry["fetch_seconds"]!, 0, TestTimeout.Milliseconds / 1000);
        Assert.Empty(Machine.Warnings);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("https://origin.invalid/a.tar.gz")]
    [InlineData("https://pypi.invalid/a.tar.gz")]
    public async Task FetchToFileAsync_OldKey_IsFound(string url)
    {
        using var client = new NetworkCacheClient(Machine.Options);
        await client.UploadAsync(new MemoryStream(Bytes), null, Token);
        await client.IndexAsync(EntryKeys.ForUrlInOlderBuildouts(url), Content.DigestOf(Bytes), null, Token);

        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync(url)).Source);
        Assert.Equal(Bytes, Machine.Read("file"));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_WrongByteInTheStore_TakesTheOriginAndRepairsTheCache()
    {
        string url = Origin.Publish("file", Bytes);
        FetchResult first = await Machine.FetchAsync(url);
        Damage(first.Digest);

        FetchResult second = await Machine.FetchAsync(url);
        await Origin.SwitchOffAsync();
        FetchResult third = await Machine.FetchAsync(url, Offline);

        Assert.Equal((FetchSource.Origin, first.Digest, true), (second.Source, second.Digest, second.Contributed));
        Assert.Equal((FetchSource.Cache, first.Digest), (third.Source, third.Digest));
        Assert.Equal(Bytes, Machine.Read("file"));
        Assert.Equal(["file"], Machine.Names);
        Assert.Contains("404", Assert.Single(Machine.Warnings), StringComparison.Ordinal);
        Assert.Single(await EntriesAsync(url));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_ServerSendsSomethingElse_TakesTheOriginAndGivesItTheRightBytes()
    {
        string url = Origin.Publish("file", Bytes);
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
        await Origin.SwitchOffAsync();
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
        using var client = new NetworkCacheClient(Machine.Options);
        await client.UploadAsync(new MemoryStream(Bytes), null, Token);
        await client.IndexAsync(EntryKeys.ForUrl(Url), Content.DigestOf(Bytes), null, Token);
        await client.IndexAsync(EntryKeys.ForUrl(Url), Content.DigestOf([1]), null, Token);

        Assert.Equal(Content.DigestOf(Bytes), (await Machine.FetchAsync(Url)).Digest);
        Assert.Contains("404", Assert.Single(Machine.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Untrusted_TakesTheOriginAndWarnsOnce()
    {
        string url = Origin.Publish("file", Bytes);
        await Machine.FetchAsync(url);
        Machine.Options = Machine.Options with { SignatureCertificateList = TestKeys.Second.CertificatePem };
        DownloadCache cache = Machine.Open(new DownloadCacheOptions { Contribute = false });
        await cache.FetchToFileAsync(url, Machine.PathOf("file"), null, null, Token);
        FetchResult last = await cache.FetchToFileAsync(url, Machine.PathOf("file"), null, null, Token);

        Assert.Equal(FetchSource.Origin, last.Source);
        Assert.Contains("none of the 1 entries", Assert.Single(Machine.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Blacklisted_NeitherLooksUpNorContributes()
    {
        string url = Origin.Publish("branch-head.tar.gz", Bytes);
        await Machine.FetchAsync(url);
        Machine.Options = Machine.Options with { DownloadCacheUrlBlacklist = new([$"{Origin.Url}/branch-"]) };
        byte[] newer = Content.Random(1000, seed: 2);
        Origin.Publish("branch-head.tar.gz", newer);

        FetchResult result = await Machine.FetchAsync(url);
        NotCachedException offline = await Assert.ThrowsAsync<NotCachedException>(() => Machine.FetchAsync(url, Offline));

        Assert.Equal((FetchSource.Origin, false), (result.Source, result.Contributed));
        Assert.Equal(newer, Machine.Read("file"));
        Assert.Single(await EntriesAsync(url));
        Assert.Contains("/branch- of download-cache-url-blacklist", offline.Message, StringComparison.Ordinal);
        Assert.Empty(Machine.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Offline_NeverAsksTheOrigin()
    {
        string url = Origin.Publish("file", Bytes);
        NotCachedException e = await Assert.ThrowsAsync<NotCachedException>(() => Machine.FetchAsync(url, Offline));
        Assert.Contains($"lists nothing trusted for it (key file-urlmd5:{EntryKeys.UrlMd5(url)})", e.Message, StringComparison.Ordinal);
        Assert.Empty(Origin.Requests);
        Assert.Empty(Machine.Names);

        await Machine.FetchAsync(url);
        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync(url, Offline)).Source);
        Assert.Single(Origin.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NoCache_NeitherAsksNorContributes()
    {
        string url = Origin.Publish("file", Bytes);
        FetchResult result = await Machine.FetchAsync(url, new DownloadCacheOptions { UseCache = false });
        Assert.Equal((FetchSource.Origin, false), (result.Source, result.Contributed));
        Assert.Empty(await EntriesAsync(url));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NoKey_WarnsAndDoesNotContribute()
    {
        string url = Origin.Publish("file", Bytes);
        Machine.Options = Machine.Options with { SignaturePrivateKeyFile = null };
        Assert.False((await Machine.FetchAsync(url)).Contributed);
        Assert.Contains("signature-private-key-file", Assert.Single(Machine.Warnings), StringComparison.Ordinal);
        Assert.Empty(await EntriesAsync(url));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_KeyNobodyTrusts_WarnsAndTheFileIsThere()
    {
        string url = Origin.Publish("file", Bytes);
        Machine.Options = Machine.Options with { SignatureCertificateList = TestKeys.Second.CertificatePem };
        Assert.False((await Machine.FetchAsync(url)).Contributed);
        Assert.Equal(Bytes, Machine.Read("file"));
        Assert.Contains("is not contributed", Assert.Single(Machine.Warnings), StringComparison.Ordinal);
        Assert.Empty(await EntriesAsync(url));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_UrlWithPassword_IsNotContributedAndNotShown()
    {
        string url = Origin.Publish("file", Bytes).Replace("//", "//user:secret@", StringComparison.Ordinal);
        Machine.Options = Machine.Options with { MaxRetries = 0 };
        Assert.False((await Machine.FetchAsync(url)).Contributed);
        Assert.Empty(await EntriesAsync(url));
        await Origin.SwitchOffAsync();
        NetworkCacheException e = await Assert.ThrowsAnyAsync<NetworkCacheException>(() => Machine.FetchAsync(url));
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            $"{Origin.Url}/file is not contributed to the network cache: everybody could read user and password in its listing.", Machine.Warnings.First());
        Assert.DoesNotContain(Machine.Warnings, warning => warning.Contains("secret", StringComparison.Ordinal));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Concurrent_AllArriveAndAllAreContributed()
    {
        DownloadCache cache = Machine.Open();
        byte[][] contents = [.. Enumerable.Range(0, 20).Select(i => Content.Random(i * 20_000, seed: i))];
        string[] urls = [.. contents.Select((content, i) => Origin.Publish($"f{i}", content))];

        FetchResult[] results = await Task.WhenAll(urls.Select((url, i) => cache.FetchToFileAsync(url, Machine.PathOf($"f{i}"), null, null, Token)));
        await Origin.SwitchOffAsync();
        FetchResult[] again = await Task.WhenAll(urls.Select((url, i) => cache.FetchToFileAsync(url, Machine.PathOf($"f{i}"), null, null, Token)));

        Assert.All(results, result => Assert.Equal((FetchSource.Origin, true), (result.Source, result.Contributed)));
        Assert.All(again, result => Assert.Equal(FetchSource.Cache, result.Source));
        Assert.All(Enumerable.Range(0, contents.Length), i => Assert.Equal(contents[i], Machine.Read($"f{i}")));
        Assert.Empty(Machine.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task OpenAsync_FromTheCache_GivesTheContent()
    {
        string url = Origin.Publish("file", Bytes);
        await Machine.FetchAsync(url);
        await Origin.SwitchOffAsync();
        await using Stream content = await Machine.Open().OpenAsync(url, null, null, Token);
        var copy = new MemoryStream();
        await content.CopyToAsync(copy, Token);
        Assert.Equal(Bytes, copy.ToArray());
    }

    private async Task<JsonObject[]> EntriesAsync(string url)
    {
        using var client = new NetworkCacheClient(Machine.Options);
        IReadOnlyList<SelectedEntry> entries = await client.SelectAsync(EntryKeys.ForUrl(url), Token);
        return [.. entries.Select(entry => (JsonObject)JsonNode.Parse(entry.Entry.Information)!)];
    }

    private void Damage(Digest digest)
    {
        byte[] bytes = File.ReadAllBytes(Cache.StoredFile(digest.ToString()));
        bytes[12345] ^= 1;
        File.Delete(Cache.StoredFile(digest.ToString()));
        File.WriteAllBytes(Cache.StoredFile(digest.ToString()), bytes);
    }
}
