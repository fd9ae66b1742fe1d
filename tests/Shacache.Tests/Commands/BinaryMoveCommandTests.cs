using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Running;
using Shacache.Core.Signing;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

/// <summary>Installs under another root than the one that was built for, with the program as its users run it, and with what goes wrong then.</summary>
public sealed class BinaryMoveCommandTests(CacheSite site) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // No other test has published it.
    private readonly string _url = $"https://example.org/{Guid.NewGuid():N}/software.cfg";

    private string Built => _folder["build", Key];

    private string Root => _folder["install"];

    private string Installed => _folder["install", Key];

#pragma warning disable CA5351 // It names a software release.
    private string Key => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(_url)));
#pragma warning restore CA5351

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Install_KilledWhileItMoves_LeavesNothingOrAllAndTheNextOneCleansUp()
    {
        await BuildTextsAsync(files: 300);
        File.WriteAllBytes(Path.Combine(Built, "random"), RandomNumberGenerator.GetBytes(16_000_000));
        await PublishAsync();
        string config = Path.Combine(_folder.Path, "held.cfg");
        await using (var proxy = new HoldingProxy(new Uri(site.BaseUrl), downBytes: 8_000_000))
        {
            // The small documents pass, the archive stops half way.
            File.WriteAllText(config, File.ReadAllText(site.Config).Replace($"download-binary-cache-url = {site.BaseUrl}", $"download-binary-cache-url = {proxy.Url}", StringComparison.Ordinal));
            using Process install = Process.Start(ShacacheProgram.StartInfo(_folder.Path, ShacacheProgram.Path, Arguments("install", config, "install")))!;
            await proxy.WaitUntilHeldAsync();
            await Eventually.IsTrueAsync(() => Task.FromResult(Directory.EnumerateDirectories(Root).Any(path => Directory.EnumerateFileSystemEntries(path).Any())));
            install.Kill();
            await install.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.False(Directory.Exists(Installed));
        (await InstallAsync()).AssertDone();
        Assert.Equal([Installed], Directory.GetFileSystemEntries(Root));
        AssertMoved(300);
    }

    /// <summary>A real full disk: texts grow by the longer root.</summary>
    [Fact]
    public async Task Install_NoRoomForWhatIsMoved_LeavesNothingAndWorksOnceThereIs()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", "Mounting a small file system needs Linux and root.");
            Assert.Fail("Mounting a small file system needs Linux and root.");
        }

        await BuildTextsAsync(files: 200);
        await PublishAsync();
        ProgramResult mounted = await ShacacheProgram.RunBashAsync(_folder.Path, $"mount -t tmpfs -o size=400k tmpfs '{Root}'");
        Assert.SkipWhen(mounted.ExitCode != 0 && Environment.GetEnvironmentVariable("CI") != "true", $"Mounting is not possible here: {mounted.Error}");
        mounted.AssertDone();
        try
        {
            ProgramResult full = await InstallAsync();
            Assert.Equal(1, full.ExitCode);
            Assert.Contains("No space left on device", full.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(Root));

            (await ShacacheProgram.RunBashAsync(_folder.Path, $"mount -o remount,size=16m '{Root}'")).AssertDone();
            (await InstallAsync()).AssertDone();
            AssertMoved(200);
        }
        finally
        {
            (await ShacacheProgram.RunBashAsync(_folder.Path, $"umount '{Root}' || umount -l '{Root}'")).AssertDone();
        }
    }

    [Fact]
    public async Task Install_TwoMoveTheSameAtOnce_OneIsThereAndBothAreRight()
    {
        await BuildTextsAsync(files: 100);
        await PublishAsync();

        ProgramResult[] both = await Task.WhenAll(InstallAsync(), InstallAsync());

        Assert.All(both, one => Assert.Equal((0, Installed + "\n"), (one.ExitCode, one.Text)));
        Assert.Equal([Installed], Directory.GetFileSystemEntries(Root));
        AssertMoved(100);
    }

    /// <summary>An interpreter that was found through the release, and is not here.</summary>
    [Fact]
    public async Task Install_WhatWasFoundIsNotHere_IsRefusedUnlessNoProof()
    {
        File.WriteAllText(_folder["tool"], "#!/bin/sh\n");
        await BuildAsync($"chmod 755 '{_folder["tool"]}'; mkdir bin; ln -s '{_folder["tool"]}' bin/tool; printf '#!{Built}/bin/tool\\n' > bin/script; chmod 755 bin/script");
        await PublishAsync();
        File.Delete(_folder["tool"]);

        ProgramResult refused = await InstallAsync();
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains($"bin/script: its interpreter {Installed}/bin/tool is not there", refused.Error, StringComparison.Ordinal);
        Assert.Contains("1 cannot be moved there, or would not work", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Root));

        (await InstallAsync("--no-proof")).AssertDone();
        Assert.Equal($"#!{Installed}/bin/tool\n", File.ReadAllText(Path.Combine(Installed, "bin/script")));
    }

    [Fact]
    public async Task Install_EntryWithoutAMap_StaysAwayUnlessAnyRoot()
    {
        await BuildTextsAsync(files: 1);
        await PublishAsync();
        await ReplaceByOneWithoutAMapAsync(_folder["elsewhere"]);

        ProgramResult refused = await ShacacheProgram.RunAsync(_folder.Path, "binary", "install", "-c", NodeConfig(), _url);
        Assert.Equal(3, refused.ExitCode);
        Assert.True(refused.Error.Contains("--any-root installs one all the same", StringComparison.Ordinal), refused.Error);
        Assert.Empty(Directory.GetFileSystemEntries(Root));
        ProgramResult why = await ShacacheProgram.RunAsync(_folder.Path, "why", "-c", NodeConfig(), _url);
        Assert.Contains("absolute paths in it would lead nowhere, and it has no relocation map", why.Text, StringComparison.Ordinal);

        ProgramResult any = await ShacacheProgram.RunAsync(_folder.Path, "binary", "install", "--any-root", "-c", NodeConfig(), "--for", "nothing", _url);
        Assert.True(any.ExitCode == 0, any.Error);
        Assert.Contains($"warning: the release was built for {_folder["elsewhere"]} and is installed in {Root}: absolute paths in it may lead nowhere", any.Error, StringComparison.Ordinal);
        Assert.StartsWith($"{Built}/share/1\n", File.ReadAllText(Path.Combine(Installed, "share/1")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_ReleaseThatCannotMove_NamesTheFileAndWhatToDo()
    {
        await BuildAsync($"mkdir -p var; {{ printf 'SQLite format 3\\0'; printf '%s/var' '{Built}'; }} > var/names.db");
        await PublishAsync();

        ProgramResult refused = await InstallAsync();
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains($"cannot be moved to {Root}", refused.Error, StringComparison.Ordinal);
        Assert.Contains("var/names.db: it is in a SQLite database", refused.Error, StringComparison.Ordinal);
        ProgramResult why = await ShacacheProgram.RunAsync(_folder.Path, "why", "-c", NodeConfig(), _url);
        Assert.Contains("and it cannot be moved: var/names.db: it is in a SQLite database", why.Text, StringComparison.Ordinal);
        Assert.Contains("shacache binary check with --root tells of each file what to do", why.Text, StringComparison.Ordinal);
    }

    /// <summary>A release of texts that name its folder.</summary>
    private Task BuildTextsAsync(int files) =>
        BuildAsync($"mkdir share; for i in $(seq {files}); do {{ echo {Built}/share/$i; head -c 2000 /dev/zero | tr '\\0' x; echo; }} > share/$i; done");

    private async Task BuildAsync(string commands)
    {
        Directory.CreateDirectory(Built);
        Directory.CreateDirectory(Root);
        (await ShacacheProgram.RunBashAsync(Built, commands)).AssertDone();
    }

    private async Task PublishAsync() => (await RunAsync("publish", site.Config)).AssertDone();

    private Task<ProgramResult> InstallAsync(params string[] more) => RunAsync("install", site.Config, more);

    private Task<ProgramResult> RunAsync(string command, string config, params string[] more) =>
        ShacacheProgram.RunAsync(_folder.Path, Arguments(command, config, command == "publish" ? "build" : "install", more));

    private string[] Arguments(string command, string config, string root, params string[] more) =>
        ["binary", command, "-q", "-c", config, "--root", _folder[root], .. more, _url];

    private string NodeConfig()
    {
        string path = Path.Combine(_folder.Path, "node.cfg");
        File.WriteAllText(path, File.ReadAllText(site.Config) + $"\n[slapos]\nsoftware_root = {Root}\n");
        return path;
    }

    /// <summary>Lists the release as older programs do, in place of the entry that names its documents.</summary>
    private async Task ReplaceByOneWithoutAMapAsync(string root)
    {
        string published = (await ShacacheProgram.RunAsync(_folder.Path, "lookup", "binary-sr", "--json", "-c", site.Config, _url)).AssertDone().Text;
        using var listed = JsonDocument.Parse(published);
        JsonObject information = JsonNode.Parse(listed.RootElement[0].GetProperty("information").GetRawText())!.AsObject();
        foreach (string member in (string[])["relocation_map", "requirements", "sig2"])
            information.Remove(member);
        information["software_root"] = root;
        (await ShacacheProgram.RunAsync(site.Folder, "admin", "remove", "--key", Key, "--data", "data")).AssertDone();
        using var signing = SigningKey.FromPem(File.ReadAllText(Path.Combine(site.Folder, "signature.key")));
        string text = information.ToJsonString();
        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.PutAsync(
            new Uri($"{site.BaseUrl}/shadir/{Key}"), JsonContent.Create<string[]>([text, signing.Sign(text)]), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private void AssertMoved(int files)
    {
        for (int i = 1; i <= files; i++)
            Assert.StartsWith($"{Installed}/share/{i}\n", File.ReadAllText(Path.Combine(Installed, $"share/{i}")), StringComparison.Ordinal);
    }
}
