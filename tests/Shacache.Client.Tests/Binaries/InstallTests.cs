using System.Text.Json.Nodes;
using Shacache.Client.Archives;
using Shacache.Client.Binaries;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Archives;
using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;
using Shacache.Core.Platforms;
using Shacache.Core.Signing;
using Shacache.Core.Urls;

namespace Shacache.Client.Tests.Binaries;

public sealed class InstallTests
{
    private static readonly string[] Members = ["software_url", "software_root"];

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_ReleaseWithOneOfEverything_ComesBackAsItWas()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        SampleRelease.Create(site.Built);
        await site.PublishAsync();

        InstallResult result = await site.CacheOf(site.InstallRoot, extraction: new ExtractionOptions { AllowSetId = true })
            .InstallAsync(BinarySite.SoftwareUrl, null, TestContext.Current.CancellationToken);

        Assert.Equal((InstallStatus.Installed, site.Installed), (result.Status, result.Folder));
        Assert.Equal(TreeSnapshot.Read(site.Built), TreeSnapshot.Read(site.Installed));
        Assert.Equal([site.Installed], Directory.GetFileSystemEntries(site.InstallRoot));
        Assert.Empty(site.Warnings);
        InstallResult again = await site.InstallAsync();
        Assert.Equal(InstallStatus.AlreadyThere, again.Status);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_FolderExistsOrIsBlacklisted_SendsNoRequest()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(500));
        CacheUrl[] urls = [CacheUrl.Parse(server.Url)];
        NetworkCacheOptions options = site.Options with { BinaryServers = new CacheServers { DownloadCache = urls, DownloadDirectory = urls } };

        InstallResult blacklisted = await site.InstallAsync(options: options with { BinaryDownloadBlacklist = new UrlPrefixList(["https://example.org/s"]) });
        site.AssertNothingInstalled();
        Directory.CreateDirectory(site.Installed);
        InstallResult existing = await site.InstallAsync(options: options);

        Assert.Equal(InstallStatus.Blacklisted, blacklisted.Status);
        Assert.Contains("download-from-binary-cache-url-blacklist has https://example.org/s.", blacklisted.Explanation, StringComparison.Ordinal);
        Assert.Equal(InstallStatus.AlreadyThere, existing.Status);
        Assert.Empty(Directory.GetFileSystemEntries(site.Installed));
        Assert.Empty(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_NothingListed_IsNotAvailableAndSaysWhetherItIsForced()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        InstallResult free = await site.InstallAsync();
        InstallResult forced = await site.InstallAsync(options: site.Options with { BinaryDownloadForceList = new UrlPrefixList([BinarySite.SoftwareUrl]) });
        Assert.Equal((InstallStatus.NotAvailable, false), (free.Status, free.IsForced));
        Assert.Equal($"the binary cache lists nothing under {BinarySite.SoftwareUrl} (key {BinarySite.Md5}).", free.Explanation);
        Assert.Equal((InstallStatus.NotAvailable, true), (forced.Status, forced.IsForced));
        string ofSecret = NothingFits.Explain("https://user:top-secret@example.org/a", EntryKeys.ForSoftwareRelease("a"), "/opt", [], TrustedKeys.None);
        Assert.DoesNotContain("top-secret", ofSecret, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_OtherPlatforms_TakesTheNewestThatFits()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build("for this");
        await site.PublishAsync(new Platform("x86_64-linux-gnu", new Distribution("debian", "12.4", "")));
        site.Build("for that, newer");
        await site.PublishAsync(new Platform("aarch64-linux-gnu", BinarySite.Debian.Distribution));
        site.Build("for those, newest");
        await site.PublishAsync(new Platform("x86_64-linux-gnu", new Distribution("ubuntu", "22.04", "jammy")));

        NetworkCacheOptions exact = site.Options with { PlatformMatch = PlatformMatch.Exact };
        InstallResult none = await site.InstallAsync(new Platform("riscv64-linux-gnu", BinarySite.Debian.Distribution), exact);
        site.AssertNothingInstalled();
        InstallResult result = await site.InstallAsync(options: exact);

        Assert.Equal(InstallStatus.NotAvailable, none.Status);
        Assert.Contains("none of the 3 trusted entries", none.Explanation, StringComparison.Ordinal);
        Assert.Contains("2 built for x86_64-linux-gnu, this machine is riscv64-linux-gnu", none.Explanation, StringComparison.Ordinal);
        Assert.Equal(InstallStatus.Installed, result.Status);
        site.AssertInstalled("for this");
    }

    /// <summary>What needs nothing of a machine fits all of them; the same platform is preferred, however old, and then the newest.</summary>
    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_CompatibleEntries_TakesTheSamePlatformFirst()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build("for that");
        await site.PublishAsync(new Platform("x86_64-linux-gnu", new Distribution("ubuntu", "22.04", "jammy")));
        site.Clock.Advance(TimeSpan.FromMinutes(1));
        InstallResult compatible = await site.InstallAsync();
        Assert.Equal((InstallStatus.Installed, false, true), (compatible.Status, compatible.Source!.IsExact, compatible.Source.IsByRequirements));
        site.AssertInstalled("for that");
        Directory.Delete(site.Installed, recursive: true);

        site.Build("for this, older");
        await site.PublishAsync();
        site.Clock.Advance(TimeSpan.FromMinutes(1));
        site.Build("for that, newest");
        await site.PublishAsync(new Platform("x86_64-linux-gnu", new Distribution("ubuntu", "24.04", "noble")));
        await site.InstallAsync();
        site.AssertInstalled("for this, older");
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_UntrustedOnly_IsNotAvailableAndSaysSo()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await site.PublishAsync();
        await site.PublishAsync(options: site.Options with { SignaturePrivateKeyFile = null });

        InstallResult result = await site.InstallAsync(options: site.Options with { SignatureCertificateList = TestKeys.Second.CertificatePem });

        Assert.Equal(InstallStatus.NotAvailable, result.Status);
        Assert.StartsWith($"none of the 2 entries under {BinarySite.SoftwareUrl}", result.Explanation, StringComparison.Ordinal);
        Assert.Contains("1 not signed,", result.Explanation, StringComparison.Ordinal);
        Assert.Contains("signature-certificate-list", result.Explanation, StringComparison.Ordinal);
        site.AssertNothingInstalled();
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_StoredBytesChangedOrMissing_TakesTheNextEntryAndThenNone()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build("first");
        PublishResult first = await site.PublishAsync();
        site.Build("second");
        site.Tamper((await site.PublishAsync()).Upload!);
        site.Build("third one");
        site.Remove((await site.PublishAsync()).Upload!);

        InstallResult result = await site.InstallAsync(options: site.Options with { MaxRetries = 0 });
        Assert.Equal((InstallStatus.Installed, first.Upload!.Digest), (result.Status, result.Source!.Selected.Entry.Digest));
        site.AssertInstalled("first");
        // What the server knows to be damaged is absent, as what was removed.
        Assert.Equal(2, site.Warnings.Count(warning => warning.Contains("404", StringComparison.Ordinal)));

        Directory.Delete(site.Installed, recursive: true);
        site.Tamper(first.Upload);
        InstallResult none = await site.InstallAsync(options: site.Options with { MaxRetries = 0 });
        Assert.Equal(InstallStatus.NotAvailable, none.Status);
        Assert.StartsWith("the content of no trusted entry that fits this machine (3) arrived whole: ", none.Explanation, StringComparison.Ordinal);
        site.AssertNothingInstalled();
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_FirstServerSendsOtherBytes_TheNextServerIsAsked()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await site.PublishAsync();
        await using var liar = new ScriptedServer(exchange => exchange.AnswerAsync(200, Content.Random(300_000)));

        InstallResult result = await site.InstallAsync(options: site.Options with
        {
            BinaryServers = site.Options.BinaryServers with { DownloadCache = [CacheUrl.Parse(liar.Url), .. site.Options.BinaryServers.DownloadCache] },
        });

        Assert.Equal(InstallStatus.Installed, result.Status);
        site.AssertInstalled("content");
        Assert.Contains(site.Warnings, warning => warning.EndsWith("; the next server is asked.", StringComparison.Ordinal));
    }

    /// <summary>Stores an archive, and lists it as one that was built for the root where it is installed.</summary>
    private static async Task ListOwnAsync(BinarySite site, byte[] archive)
    {
        using var content = new MemoryStream(archive);
        await site.ListAsync(await site.StoreAsync(content), site.InstallRoot);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_ConnectionBreaks_GoesOnWhereItBroke()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        Directory.CreateDirectory(site.Built);
        SampleRelease.WriteRandom(Path.Combine(site.Built, "large"), 3_000_000);
        byte[] archive = await PackAsync(site);
        await using var server = new ScriptedServer(exchange => exchange.Number == 1
            ? Content.ServeBrokenAsync(exchange, archive, 1_000_000, "Accept-Ranges: bytes")
            : Content.ServeAsync(exchange, archive));
        await ListOwnAsync(site, archive);

        InstallResult result = await site.InstallAsync(
            options: site.Options with { BinaryServers = site.Options.BinaryServers with { DownloadCache = [CacheUrl.Parse(server.Url)] } });

        Assert.Equal(InstallStatus.Installed, result.Status);
        Assert.StartsWith("bytes=", server.Headers.Last()["Range"], StringComparison.Ordinal);
        Assert.Equal(TreeSnapshot.Read(site.Built), TreeSnapshot.Read(site.Installed));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_CancelledHalfWay_LeavesNothing()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        Directory.CreateDirectory(site.Built);
        SampleRelease.WriteRandom(Path.Combine(site.Built, "large"), 3_000_000);
        byte[] archive = await PackAsync(site);
        await ListOwnAsync(site, archive);
        using var stop = new CancellationTokenSource();
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {archive.Length}\r\n\r\n");
            await exchange.WriteAsync(archive.AsMemory(0, 1_500_000));
            await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        BinaryCache cache = site.CacheOf(
            site.InstallRoot, options: site.Options with { BinaryServers = site.Options.BinaryServers with { DownloadCache = [CacheUrl.Parse(server.Url)] } });

        Task<InstallResult> installing = cache.InstallAsync(
            BinarySite.SoftwareUrl, new ReactingProgress(value => value.DoneBytes >= 1_400_000, stop.Cancel), stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => installing);
        site.AssertNothingInstalled();
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_SignedArchiveThatIsRefused_IsAnErrorAndLeavesNothing()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await Programs.RunAsync("chmod", "4555", Path.Combine(site.Built, "bin", "tool"));
        await site.PublishAsync();

        await Assert.ThrowsAsync<ArchiveException>(() => site.InstallAsync());
        site.AssertNothingInstalled();
        await Assert.ThrowsAsync<ArchiveException>(() => site.CacheOf(
                site.InstallRoot, extraction: new ExtractionOptions { AllowSetId = true, MaxContentBytes = 3 })
            .InstallAsync(BinarySite.SoftwareUrl, null, TestContext.Current.CancellationToken));
        site.AssertNothingInstalled();
    }

    /// <summary>Whatever an archive holds is one more entry that does not fit, however it fails.</summary>
    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("mode in binary")]
    [InlineData("checksum in binary")]
    [InlineData("name too long for the disk")]
    [InlineData("set-uid")]
    [InlineData("no gzip")]
    [InlineData("hard link to nothing")]
    public async Task Install_NewestArchiveIsUnfit_TheNextEntryIsTaken(string what)
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await site.PublishAsync();
        string top = BinarySite.Md5;
        HostileArchive archive = new HostileArchive().Folder(top);
        byte[] bytes = what switch
        {
            "mode in binary" => archive.Change(100, 0x80).End().Gzip(),
            "checksum in binary" => archive.Change(148, 0x80).End().Gzip(),
            "name too long for the disk" => archive.Pax($"path={top}/{new string('n', 300)}").File("x").End().Gzip(),
            "set-uid" => archive.File($"{top}/f", mode: 2541).End().Gzip(),
            "hard link to nothing" => archive.HardLink($"{top}/f", $"{top}/missing").End().Gzip(),
            _ => [1, 2, 3],
        };
        await ListOwnAsync(site, bytes);

        InstallResult result = await site.InstallAsync();

        Assert.Equal(InstallStatus.Installed, result.Status);
        site.AssertInstalled("content");
        Assert.Contains(site.Warnings, warning => warning.Contains($"(entry ", StringComparison.Ordinal));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_EntriesOfThisAndOtherRoots_TakesTheOwnHoweverOld()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build("for another root");
        await site.PublishAsync();
        BinaryCache strict = site.CacheOf(site.InstallRoot, anyRoot: false, sameRootOnly: true);
        InstallResult none = await strict.InstallAsync(BinarySite.SoftwareUrl, null, TestContext.Current.CancellationToken);
        Assert.Equal(InstallStatus.NotAvailable, none.Status);
        Assert.Contains($"was built for {site.InstallRoot}: 1 for {site.BuildRoot}. Absolute paths in them would lead nowhere, and none has", none.Explanation, StringComparison.Ordinal);
        site.AssertNothingInstalled();

        // What was built for this root, older than what was built for the other.
        Directory.Move(site.Built, site.Installed);
        await File.WriteAllTextAsync(Path.Combine(site.Installed, "bin", "tool"), "own", TestContext.Current.CancellationToken);
        await site.CacheOf(site.InstallRoot).PublishAsync(BinarySite.SoftwareUrl, null, TestContext.Current.CancellationToken);
        Directory.Delete(site.Installed, recursive: true);
        site.Clock.Advance(TimeSpan.FromMinutes(1));
        site.Build("for another root, newest");
        await site.PublishAsync();

        foreach ((bool anyRoot, bool sameRootOnly) in ((bool, bool)[])[(false, false), (true, false), (false, true)])
        {
            InstallResult own = await site.CacheOf(site.InstallRoot, anyRoot: anyRoot, sameRootOnly: sameRootOnly).InstallAsync(BinarySite.SoftwareUrl, null, TestContext.Current.CancellationToken);
            Assert.Equal((InstallStatus.Installed, site.InstallRoot), (own.Status, own.Source!.BuiltRoot));
            site.AssertInstalled("own");
            Directory.Delete(site.Installed, recursive: true);
        }

        Assert.Empty(site.Warnings);
        Assert.Equal([false, true, false], (await site.ListAsync()).Select(entry => entry.IsForRoot));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_RootThatIsTheSameFolder_IsTheOwn()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await site.PublishAsync();
        Directory.Delete(site.BuildRoot, recursive: true);
        Directory.CreateSymbolicLink(site.BuildRoot, site.InstallRoot);

        InstallResult result = await site.CacheOf(site.InstallRoot, anyRoot: false).InstallAsync(BinarySite.SoftwareUrl, null, TestContext.Current.CancellationToken);

        Assert.Equal(InstallStatus.Installed, result.Status);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    public async Task Install_InSlapgridsRootOrForIt_HasItsMark(bool? isForSlapgrid, bool isSlapgridsRoot, bool hasMark)
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        await site.PublishAsync();
        NetworkCacheOptions options = isSlapgridsRoot ? site.Options with { SoftwareRoot = site.InstallRoot + "/" } : site.Options;

        await site.CacheOf(site.InstallRoot, options: options, forSlapgrid: isForSlapgrid).InstallAsync(BinarySite.SoftwareUrl, null, TestContext.Current.CancellationToken);

        string mark = Path.Combine(site.Installed, ".completed");
        Assert.Equal(hasMark, File.Exists(mark));
        // As asctime writes it.
        if (hasMark)
            Assert.Matches("^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}$", File.ReadAllText(mark));
        Assert.Equal(Directory.GetLastWriteTimeUtc(site.Built), Directory.GetLastWriteTimeUtc(site.Installed));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Install_NoRoot_SaysWhatToDo()
    {
        await using BinarySite site = await BinarySite.StartAsync();
        string root = Path.Combine(site.InstallRoot, "missing");
        DirectoryNotFoundException e = await Assert.ThrowsAsync<DirectoryNotFoundException>(
            () => site.CacheOf(root).InstallAsync(BinarySite.SoftwareUrl, null, TestContext.Current.CancellationToken));
        Assert.Equal($"There is no software root {root}: create it, or name another.", e.Message);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("machine", "x86_64", "('debian', '12.1', '')")]
    [InlineData("machine", "x86_64", "(u'Debian', u'12', u'bookworm')")]
    [InlineData("multiarch", "x86_64-linux-gnu", "('raspbian', '12', '')")]
    public async Task Install_EntryAndArchiveAsOldClientsMakeThem_AreTaken(string member, string machine, string os)
    {
        await using BinarySite site = await BinarySite.StartAsync();
        site.Build();
        string archive = Path.Combine(site.BuildRoot, "archive.tar.gz");
        await Programs.RunAsync("tar", "czf", archive, "-C", site.BuildRoot, BinarySite.Md5);
        UploadResult stored;
        await using (FileStream content = File.OpenRead(archive))
            stored = await site.StoreAsync(content);
        var information = new JsonObject { [member] = machine, ["os"] = os, ["sha512"] = stored.Digest.ToString() };
        foreach (string name in Members)
            information[name] = name == "software_url" ? BinarySite.SoftwareUrl : site.InstallRoot;
        await site.PutAsync(information);

        InstallResult result = await site.InstallAsync();

        Assert.Equal(InstallStatus.Installed, result.Status);
        site.AssertInstalled("content");
        Assert.Empty(site.Warnings);
    }

    private static async Task<byte[]> PackAsync(BinarySite site)
    {
        using var archive = new MemoryStream();
        await new SoftwareArchiver().WriteAsync(site.Built, archive, null, TestContext.Current.CancellationToken);
        return archive.ToArray();
    }

    private sealed class ReactingProgress(Func<TransferProgress, bool> isReached, Action react) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value)
        {
            if (isReached(value))
                react();
        }
    }
}
