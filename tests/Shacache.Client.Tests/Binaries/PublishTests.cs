using System.Text.Json;
using Shacache.Client.Binaries;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Entries;
using Shacache.Core.Platforms;
using Shacache.Core.Urls;

namespace Shacache.Client.Tests.Binaries;

public sealed class PublishTests
{
    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_Release_IsListedWithTheMembersThatNodesRead()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();

        PublishResult result = await site.PublishAsync();

        Assert.Equal((PublishStatus.Published, BinarySite.Md5, site.Built, false), (result.Status, result.Key.Value, result.Folder, result.Upload!.AlreadyStored));
        SoftwareEntry entry = Assert.Single(await site.ListAsync());
        Assert.True(entry.Selected.IsTrusted && entry.Fits);
        using var information = JsonDocument.Parse(entry.Selected.Entry.Information);
        string[] names = [.. information.RootElement.EnumerateObject().Select(member => member.Name)];
        Assert.Equal(["sha512", "software_url", "software_root", "multiarch", "os", "relocation_map", "requirements", "key", "created", "sig2"], names);
        Assert.Equal(BinarySite.SoftwareUrl, information.RootElement.GetProperty("software_url").GetString());
        Assert.Equal(site.BuildRoot, information.RootElement.GetProperty("software_root").GetString());
        Assert.Equal("x86_64-linux-gnu", information.RootElement.GetProperty("multiarch").GetString());
        Assert.Equal("""["debian", "12", "bookworm"]""", information.RootElement.GetProperty("os").GetRawText());
        Assert.Empty(site.Warnings);
        Assert.Equal([site.Built], Directory.GetFileSystemEntries(site.BuildRoot));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_Unchanged_SendsAndListsNothingAgain()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();

        PublishResult first = await site.PublishAsync();
        PublishResult second = await site.PublishAsync();

        Assert.Equal((PublishStatus.AlreadyPublished, true, first.Upload!.Digest), (second.Status, second.Upload!.AlreadyStored, second.Upload.Digest));
        Assert.Single(await site.ListAsync());
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_BuildTime_IsToldOnce()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await site.PublishAsync();
        PublishResult told = await site.PublishAsync(buildTime: TimeSpan.FromMinutes(95));
        PublishResult again = await site.PublishAsync(buildTime: TimeSpan.FromMinutes(96));

        Assert.Equal((PublishStatus.Published, PublishStatus.AlreadyPublished), (told.Status, again.Status));
        Assert.Equal([default, TimeSpan.FromMinutes(95)], (await site.ListAsync()).Select(entry => EntryWorth.Of(entry.Selected.Entry).BuildTime).Order());
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_ChangedAndChangedBack_NodesGetWhatWasPublishedLast()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build("old");
        PublishResult old = await site.PublishAsync();
        site.Build("newer");
        await site.PublishAsync();
        site.Build("old");
        site.Clock.Advance(TimeSpan.FromMinutes(1));

        PublishResult again = await site.PublishAsync();

        Assert.Equal((PublishStatus.Published, true, old.Upload!.Digest), (again.Status, again.Upload!.AlreadyStored, again.Upload.Digest));
        await site.InstallAsync();
        site.AssertInstalled("old");
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_OtherPlatformOrOtherSigner_ListsAnother()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await site.PublishAsync();

        PublishResult otherSystem = await site.PublishAsync(new Platform("aarch64-linux-gnu", BinarySite.Debian.Distribution));
        string key = Path.Combine(site.BuildRoot, "other.key");
        await File.WriteAllTextAsync(key, TestKeys.Second.PrivateKeyPem, TestContext.Current.CancellationToken);
        PublishResult otherSigner = await site.PublishAsync(options: site.Options with
        {
            SignaturePrivateKeyFile = key,
            SignatureCertificateList = TestKeys.First.CertificatePem + "\n" + TestKeys.Second.CertificatePem,
        });

        Assert.Equal((PublishStatus.Published, PublishStatus.Published), (otherSystem.Status, otherSigner.Status));
        Assert.Equal(3, (await site.ListAsync()).Count);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_BlacklistedOrShared_IsSkipped()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        PublishResult blacklisted = await site.PublishAsync(
            options: site.Options with { BinaryUploadBlacklist = new UrlPrefixList(["https://example.org/software/"]) });
        await File.WriteAllTextAsync(Path.Combine(site.Built, ".shared"), "", TestContext.Current.CancellationToken);
        PublishResult shared = await site.PublishAsync();

        Assert.Equal((PublishStatus.Blacklisted, null), (blacklisted.Status, blacklisted.Upload));
        Assert.Contains("upload-to-binary-cache-url-blacklist has https://example.org/software/.", blacklisted.Explanation, StringComparison.Ordinal);
        Assert.Equal((PublishStatus.Shared, null), (shared.Status, shared.Upload));
        Assert.Empty(await site.ListAsync());
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_NothingThere_SaysWhichFolder()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        ArchiveException e = await Assert.ThrowsAsync<ArchiveException>(() => site.PublishAsync());
        Assert.Contains(site.Built, e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_KeyIsNotTrusted_FailsBeforeTheFolderIsRead()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        await Assert.ThrowsAsync<UntrustedSigningKeyException>(
            () => site.PublishAsync(options: site.Options with { SignatureCertificateList = TestKeys.Second.CertificatePem }));
        NetworkCacheConfigurationException e = await Assert.ThrowsAsync<NetworkCacheConfigurationException>(
            () => site.PublishAsync(options: site.Options with { BinaryServers = new CacheServers() }));
        Assert.Equal("upload-binary-cache-url", e.Option);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_NoPrivateKey_WarnsThatNoNodeWillTrustIt()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await site.PublishAsync(options: site.Options with { SignaturePrivateKeyFile = null });
        Assert.Equal(["signature-private-key-file is not set: the entry is not signed, and no node will trust it."], site.Warnings);
        Assert.Equal(EntryVerdict.Unsigned, Assert.Single(await site.ListAsync()).Selected.Verdict);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_CertificateWithoutItsKey_IsNoUnsignedRelease()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();

        NetworkCacheConfigurationException e = await Assert.ThrowsAsync<NetworkCacheConfigurationException>(
            () => site.PublishAsync(options: site.Options with { SignaturePrivateKeyFile = null, SignatureCertificateFile = "signature.cert" }));

        Assert.Equal("signature-private-key-file", e.Option);
        Assert.Empty(await site.ListAsync());
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_NetrcAndSlapgridsMark_AreNotPublished()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        File.WriteAllText(Path.Combine(site.Built, ".netrc"), "machine example.org login a password secret");
        File.WriteAllText(Path.Combine(site.Built, ".completed"), "Sat Nov 28 19:45:03 2026");

        await site.PublishAsync();
        Assert.Equal(
            [$"'{BinarySite.Md5}/.netrc' holds credentials, which everybody could read, and was left out (--with-credentials archives it)."], site.Warnings);
        await site.InstallAsync();

        site.AssertInstalled("content");
        Assert.Equal(["bin"], Directory.GetFileSystemEntries(site.Installed).Select(Path.GetFileName));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_ServerFailsTwice_TheThirdTryIsStored()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        var cache = new FakeCache();
        int posts = 0;
        await using var server = new ScriptedServer(exchange =>
            exchange.Method == "POST" && ++posts < 3 ? exchange.AnswerAsync(503, "busy\n") : cache.AnswerAsync(exchange));

        PublishResult result = await site.PublishAsync(options: At(site, server));

        // The archive in the third try, and two documents.
        Assert.Equal((PublishStatus.Published, 5), (result.Status, posts));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Publish_ServerAlwaysFails_IsTriedThreeTimesAndListsNothing()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(exchange.Method == "POST" ? 503 : 404, "busy\n"));

        await Assert.ThrowsAsync<NetworkCacheUnavailableException>(() => site.PublishAsync(options: At(site, server)));

        Assert.Equal(3, server.Requests.Count(request => request.StartsWith("POST", StringComparison.Ordinal)));
        Assert.DoesNotContain(server.Requests, request => request.StartsWith("PUT", StringComparison.Ordinal));
    }

    private static NetworkCacheOptions At(BinarySite site, ScriptedServer server)
    {
        CacheUrl[] urls = [CacheUrl.Parse(server.Url)];
        return site.Options with
        {
            BinaryServers = new CacheServers { DownloadCache = urls, DownloadDirectory = urls, UploadCache = urls, UploadDirectory = urls },
        };
    }
}
