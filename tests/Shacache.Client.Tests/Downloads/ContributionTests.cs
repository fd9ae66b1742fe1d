using System.Text;
using System.Text.Json.Nodes;
using Shacache.Client.Checksums;
using Shacache.Client.Diagnosis;
using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Entries;

namespace Shacache.Client.Tests.Downloads;

/// <summary>What is contributed, under which keys, and what is not.</summary>
public sealed class ContributionTests : FetchSite
{
    private static readonly byte[] Page = Encoding.UTF8.GetBytes("<!DOCTYPE html><html><body>Please log in</body></html>");
    private static readonly byte[] Bytes = Content.Random(100_000);

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_WebPageWhereAnArchiveWasAskedFor_IsNotContributedAndHealsItself()
    {
        string url = Origin.Publish("foo.tar.gz", Page);
        Assert.False((await Machine.FetchAsync(url)).Contributed);
        Assert.Equal(Page, Machine.Read("file"));
        Assert.Contains("is not contributed to the network cache: it is a web page", Assert.Single(Machine.Warnings), StringComparison.Ordinal);
        Assert.Empty(await EntriesAsync(EntryKeys.ForUrl(url)));

        // On purpose; and what was contributed so is not taken by others.
        var force = new DownloadCacheOptions { AllowWebPages = true };
        Assert.True((await Machine.FetchAsync(url, force)).Contributed);
        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync(url, force)).Source);
        Origin.Publish("foo.tar.gz", Bytes);
        FetchResult healed = await Machine.FetchAsync(url);
        Assert.Equal((FetchSource.Origin, true), (healed.Source, healed.Contributed));
        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync(url)).Source);
        Assert.Equal(Bytes, Machine.Read("file"));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_WebPageWithItsChecksum_IsContributed()
    {
        string url = Origin.Publish("foo.tar.gz", Page);
        Assert.True((await Machine.FetchAsync(url, null, Checksum.Parse(ChecksumAlgorithm.Sha512, Content.DigestOf(Page).ToString()))).Contributed);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_Refresh_ListsWhatTheOriginHasAsTheNewest()
    {
        string url = Origin.Publish("moved", Bytes);
        await Machine.FetchAsync(url);
        byte[] other = Content.Random(1000, seed: 2);
        Origin.Publish("moved", other);
        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync(url)).Source);
        var refresh = new DownloadCacheOptions { Refresh = true };

        FetchResult refreshed = await Machine.FetchAsync(url, refresh);

        Assert.Equal((FetchSource.Origin, true), (refreshed.Source, refreshed.Contributed));
        await Machine.FetchAsync(url);
        Assert.Equal(other, Machine.Read("file"));
        // What is the newest already is not listed again; what is hidden behind another is.
        Assert.False((await Machine.FetchAsync(url, refresh)).Contributed);
        // Another state of the file: within one second it would be the very entry that is there.
        Origin.Publish("moved", Bytes, modified: DateTimeOffset.UtcNow.AddHours(-1));
        Assert.True((await Machine.FetchAsync(url, refresh)).Contributed);
        await Machine.FetchAsync(url);
        Assert.Equal(Bytes, Machine.Read("file"));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("older", "foo.tar.gz", "slapos-buildout-")]
    [InlineData("older", "pypi-foo.tar.gz", "pypi-buildout-")]
    public async Task FetchToFileAsync_ContributeAsOlder_IsFoundByOlderBuildouts(string form, string name, string prefix)
    {
        string url = Origin.Publish(name, Bytes);
        var policy = new DownloadCacheOptions { ContributeAs = [Form(form)] };
        var key = EntryKey.Create(prefix + EntryKeys.UrlMd5(url));

        // What is there by its current key only is listed under the older one as well, once.
        await Machine.FetchAsync(url);
        Assert.Equal((FetchSource.Cache, true), await Machine.FetchAsync(url, policy) is var first ? (first.Source, first.Contributed) : default);
        Assert.Equal((FetchSource.Cache, false), await Machine.FetchAsync(url, policy) is var second ? (second.Source, second.Contributed) : default);

        JsonObject entry = Assert.Single(await EntriesAsync(key));
        Assert.Equal((name, EntryKeys.UrlMd5(url)), ((string?)entry["file_name"], (string?)entry["urlmd5"]));
        Assert.Equal(Content.DigestOf(Bytes).ToString(), (string?)entry["sha512"]);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_ContributeAsOthers_ListsWhatTheirToolsNeed()
    {
        string url = Origin.Publish("foo-1.2.tar.gz", Bytes);
        var policy = new DownloadCacheOptions { ContributeAs = [Form("pypi:foo=1.2"), Form("pypi-index:foo==1.2"), Form("older")] };
        Assert.True((await Machine.FetchAsync(url, policy)).Contributed);
        Assert.Single(await EntriesAsync(EntryKeys.ForUrl(url)));
        Assert.Equal("foo-1.2.tar.gz", (string?)Assert.Single(await EntriesAsync(EntryKey.Create("pypi:foo=1.2")))["basename"]);
        JsonObject index = Assert.Single(await EntriesAsync(EntryKeys.ForPythonIndex(url, "foo==1.2")));
        Assert.Equal((url, "foo==1.2", EntryKeys.UrlMd5(url)), ((string?)index["base"], (string?)index["requirement"], (string?)index["urlmd5"]));
        await Origin.SwitchOffAsync();
        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync("pypi:foo=1.2")).Source);
    }

    [Theory]
    [InlineData("")]
    [InlineData("newer")]
    [InlineData("pypi:")]
    [InlineData("pypi:foo")]
    [InlineData("pypi-index:")]
    [InlineData("pypi-index:a/b\u0001")]
    public void TryParse_NoSuchForm_SaysWhichThereAre(string text)
    {
        Assert.False(ContributionForm.TryParse(text, out _, out string? problem));
        Assert.Contains("older, pypi:NAME=VERSION or pypi-index:REQUIREMENT", problem, StringComparison.Ordinal);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("file-urlmd5:MD5", "https://a.invalid/foo.tar.gz", "https://a.invalid/foo.tar.gz")]
    [InlineData("file-urlmd5:MD5", "https://a.invalid/foo.tar.gz", "https://a.invalid/foo.tar.gz#part")]
    [InlineData("slapos-buildout-MD5", "https://a.invalid/foo.tar.gz", "https://a.invalid/foo.tar.gz")]
    [InlineData("pypi-buildout-MD5", "https://pypi.invalid/foo.tar.gz", "https://pypi.invalid/foo.tar.gz")]
    [InlineData("git-buildout-MD5", "https://a.invalid/foo.git", "https://a.invalid/foo.git")]
    [InlineData("git-buildout-MD5", "https://a.invalid/slapos.buildout", "https://a.invalid/slapos.buildout")]
    [InlineData("pypi-index-MD5-foo==1", "https://a.invalid/simple/foo/", "https://a.invalid/simple/foo/")]
    [InlineData("file-urlmd5:MD5", "https://a.invalid/foo.tar.gz", "KEY")]
    [InlineData("slapos-buildout-MD5", "https://a.invalid/foo.tar.gz", "KEY")]
    [InlineData("git-buildout-MD5", "https://a.invalid/foo.git", "KEY")]
    [InlineData("pypi-index-MD5-foo==1", "https://a.invalid/simple/foo/", "KEY")]
    [InlineData("pypi:foo=1", "https://a.invalid/foo.tar.gz", "KEY")]
    public async Task FetchToFileAsync_KeyOfAnyTool_IsFound(string form, string url, string asked)
    {
        var key = EntryKey.Create(form.Replace("MD5", EntryKeys.UrlMd5(url), StringComparison.Ordinal));
        using var client = new NetworkCacheClient(Machine.Options);
        await client.UploadAsync(new MemoryStream(Bytes), null, Token);
        // As the recipe of clones writes them.
        await client.IndexAsync(key, Content.DigestOf(Bytes), new JsonObject { ["urlmd5"] = "notused", ["revision"] = "abc" }, Token);
        string text = asked == "KEY" ? key.Value : asked;
        string? requirement = form.StartsWith("pypi-index", StringComparison.Ordinal) ? "foo==1" : null;

        FetchResult result = await Machine.FetchAsync(text, new DownloadCacheOptions { UseOrigin = asked == "KEY", Requirement = requirement });

        Assert.Equal((FetchSource.Cache, Content.DigestOf(Bytes)), (result.Source, result.Digest));
        CacheDiagnosis diagnosis = await new CacheDiagnostician(Machine.Options) { Requirement = requirement }.ExplainDownloadAsync(text, Token);
        Assert.True(diagnosis.IsHit, diagnosis.Summary);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_KeyThatIsNotListed_SaysThatThereIsNoOrigin()
    {
        NotCachedException e = await Assert.ThrowsAsync<NotCachedException>(() => Machine.FetchAsync("pypi:foo=1"));
        Assert.Equal("pypi:foo=1 is not to be had: it is a key, which has no origin, and the network cache lists nothing trusted for it.", e.Message);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_UrlOfAContent_IsThatContentWithItsMd5Checked()
    {
        using var client = new NetworkCacheClient(Machine.Options);
        await client.UploadAsync(new MemoryStream(Bytes), null, Token);
        string url = $"{Machine.Options.Servers.DownloadCache[0]}/{Content.DigestOf(Bytes)}";
        string md5 = Convert.ToHexStringLower(System.Security.Cryptography.CryptographicOperations.HashData(System.Security.Cryptography.HashAlgorithmName.MD5, Bytes));
        var offline = new DownloadCacheOptions { UseOrigin = false };
        // Nothing need be trusted for what is named by its digest.
        Machine.Options = Machine.Options with { SignatureCertificateList = null };

        foreach (string fragment in new[] { "", $"#{md5}", $"#md5={md5}" })
        {
            FetchResult result = await Machine.FetchAsync(url + fragment, offline);
            Assert.Equal((FetchSource.Cache, Content.DigestOf(Bytes)), (result.Source, result.Digest));
            Assert.True((await new CacheDiagnostician(Machine.Options).ExplainDownloadAsync(url + fragment, Token)).IsHit);
        }

        await Assert.ThrowsAsync<NotCachedException>(() => Machine.FetchAsync($"{url}#{new string('0', 32)}", offline));
        await Assert.ThrowsAsync<ChecksumMismatchException>(() => Machine.FetchAsync($"{url}#{new string('0', 32)}"));
        string absent = $"{Machine.Options.Servers.DownloadCache[0]}/{new string('1', 128)}";
        Assert.False((await new CacheDiagnostician(Machine.Options).ExplainDownloadAsync(absent, Token)).IsHit);
        await Assert.ThrowsAsync<NotCachedException>(() => Machine.FetchAsync(absent, offline));
        Assert.False(ContentUrl.TryRead($"http://other.invalid/shacache/{Content.DigestOf(Bytes)}", Machine.Options, out _));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("#md5=")]
    [InlineData("#")]
    public async Task FetchToFileAsync_Md5InTheFragment_IsChecked(string prefix)
    {
        string url = Origin.Publish("file", Bytes) + prefix + new string('0', 32);
        await Assert.ThrowsAsync<ChecksumMismatchException>(() => Machine.FetchAsync(url));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("?token=hidden", "the parameter token")]
    [InlineData("?X-Amz-Signature=hidden", "the parameter X-Amz-Signature")]
    public async Task FetchToFileAsync_UrlWithCredential_IsContributedOnlyWhenThatIsMeant(string query, string what)
    {
        string url = Origin.Publish("file", Bytes) + query;
        Assert.False((await Machine.FetchAsync(url)).Contributed);
        string warning = Assert.Single(Machine.Warnings);
        Assert.Contains($"everybody could read {what} in its listing", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", warning, StringComparison.Ordinal);
        Assert.Empty(await EntriesAsync(EntryKeys.ForUrl(url)));
        Machine.Options = Machine.Options with { AllowCredentialsInEntries = true };
        Assert.True((await Machine.FetchAsync(url)).Contributed);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("a", """{"url": "https://user:hidden@example.org/"}""", "member url holds user and password")]
    [InlineData("a", """{"deep": [{"password": "hidden"}]}""", "member password holds a value whose name is that of a secret")]
    [InlineData("https:user:hidden?token=hidden", "{}", "the key holds the parameter token")]
    public async Task IndexAsync_Credential_IsRefusedBeforeAnythingIsSent(string key, string metadata, string what)
    {
        using var client = new NetworkCacheClient(Machine.Options);
        CredentialsInEntryException e = await Assert.ThrowsAsync<CredentialsInEntryException>(
            () => client.IndexAsync(EntryKey.Create(key), Content.DigestOf(Bytes), JsonNode.Parse(metadata)!.AsObject(), Token));
        Assert.Equal($"Nothing is listed: {what}, and everybody can read entries.", e.Message);
    }

    private static ContributionForm Form(string text) => ContributionForm.TryParse(text, out ContributionForm? form, out string? problem) ? form : throw new FormatException(problem);

    private async Task<IReadOnlyList<JsonObject>> EntriesAsync(EntryKey key)
    {
        using var client = new NetworkCacheClient(Machine.Options);
        return [.. (await client.SelectAsync(key, Token)).Select(entry => JsonNode.Parse(entry.Entry.Information)!.AsObject())];
    }
}
