using System.Globalization;
using System.Security.Cryptography;
using Shacache.Cli.Running;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>apt, given a remote as its source of packages, or the server as its proxy.</summary>
public sealed class AptTests
{
    [Theory]
    [InlineData(false, true, true)]
    [InlineData(false, false, true)]
    [InlineData(false, false, false)]
    [InlineData(true, true, true)]
    [InlineData(true, false, true)]
    public async Task Install_TwentyPackages_ThenAgainWithoutTheOrigin(bool isProxy, bool hasByHash, bool isInline)
    {
        RequireApt();
        using var folder = new TemporaryFolder();
        await using AptOrigin origin = await AptOrigin.StartAsync();
        await origin.AddStateAsync(hasByHash, isInline);
        origin.Show(0);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "apt", origin.Url, "index-ttl = 0\n");
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        string[] first = await InstallAsync(MakeMachine(folder["first"], server, origin, isProxy));
        await origin.Site.SwitchOffAsync();
        string[] second = await InstallAsync(MakeMachine(folder["second"], server, origin, isProxy));

        Assert.Equal(AptOrigin.PackageCount, first.Length);
        Assert.Equal(first, second);

        // Nothing went past the server, and each package came once.
        Assert.All(origin.Site.Requests, request => Assert.Equal("shacache-gateway", request.Agent));
        Assert.All(origin.Site.Requests.Where(request => request.Path.EndsWith(".deb", StringComparison.Ordinal)).GroupBy(request => request.Path), same => Assert.Single(same));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public async Task Update_OfAnOriginThatChangesInTheMiddle_NeverFails(bool isProxy, bool isInline)
    {
        // 100 in all take a minute and more; a third of them finds what the others do.
        int rounds = int.Parse(Environment.GetEnvironmentVariable("SHACACHE_TEST_APT_ROUNDS") ?? "12", CultureInfo.InvariantCulture);
        RequireApt();
        using var folder = new TemporaryFolder();
        await using AptOrigin origin = await AptOrigin.StartAsync();
        for (int state = 0; state < 4; state++)
            await origin.AddStateAsync(hasByHash: false, isInline);
        origin.Show(0);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "apt", origin.Url, "index-ttl = 0\n");
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        var random = new Random(1);
        int shown = 0, left = 0;
        origin.Site.OnRequest = _ =>
        {
            if (Interlocked.Decrement(ref left) < 0)
            {
                left = random.Next(6);
                origin.Show(shown = (shown + 1) % 4);
            }
        };

        for (int round = 0; round < rounds; round++)
        {
            string machine = MakeMachine(folder["machine"], server, origin, isProxy);
            (int exitCode, string text) = await PackageTool.RunAptAsync(machine, "update");
            Assert.True(exitCode == 0 && !text.Contains("W:", StringComparison.Ordinal) && !text.Contains("E:", StringComparison.Ordinal), $"Round {round}: {text}");
            if (round % 3 == 2)
                Directory.Delete(machine, recursive: true);
        }
    }

    [Fact]
    public async Task Install_PackageThatWasChangedAtTheOrigin_IsRefusedAndNotKept()
    {
        RequireApt();
        using var folder = new TemporaryFolder();
        await using AptOrigin origin = await AptOrigin.StartAsync();
        await origin.AddStateAsync(hasByHash: true);
        origin.Show(0);
        byte[] wrong = RandomNumberGenerator.GetBytes(500);
        origin.Site.Publish("/debian/pool/main/p/part19_1_all.deb", "application/octet-stream", wrong);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "apt", origin.Url);
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        string machine = MakeMachine(folder["machine"], server, origin, isProxy: false);

        AssertDone(await PackageTool.RunAptAsync(machine, "update"));
        (int exitCode, string text) = await PackageTool.RunAptAsync(machine, "install", "part19");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("502", text, StringComparison.Ordinal);
        await server.TerminateAsync();
        Assert.Equal(0, await server.WaitForExitAsync());

        // What the indexes say is known after a start, too.
        using ServerProcess again = await PackageTool.ServeAsync(folder, "apt", origin.Url);
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.GetAsync(new Uri(again.Url, "/remote/apt/pool/main/p/part19_1_all.deb"), TestContext.Current.CancellationToken);
        Assert.Contains("the index says sha256-", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await PackageTool.AssertNotKeptAsync(again, wrong);
    }

    [Fact]
    public async Task Install_FromASlowOriginThatStopsInTheMiddle_FailsAndKeepsNothing_ThenWorks()
    {
        RequireApt();
        using var folder = new TemporaryFolder();
        await using AptOrigin origin = await AptOrigin.StartAsync();
        await origin.AddStateAsync(hasByHash: true);
        origin.Show(0);
        origin.Site.Delay = PackageTool.Late;
        byte[][] sent = origin.Site.BreakOff("/debian/pool/main/p/part18_1_all.deb");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "apt", origin.Url);
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        string machine = MakeMachine(folder["machine"], server, origin, isProxy: false);

        AssertDone(await PackageTool.RunAptAsync(machine, "update"));
        (int exitCode, string text) = await PackageTool.RunAptAsync(machine, "install", "part16");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("part18", text, StringComparison.Ordinal);
        await PackageTool.AssertNotKeptAsync(server, sent);
        origin.Site.Mend();

        Assert.Equal(4, (await InstallAsync(machine, "part16")).Length);
    }

    [Fact]
    public async Task Prefetch_WhatAptLists_ThenInstallWithoutTheOrigin()
    {
        RequireApt();
        using var folder = new TemporaryFolder();
        await using AptOrigin origin = await AptOrigin.StartAsync();
        await origin.AddStateAsync(hasByHash: true);
        origin.Show(0);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "apt", origin.Url);
        string machine = MakeMachine(folder["machine"], server, origin, isProxy: false);
        AssertDone(await PackageTool.RunAptAsync(machine, "update"));
        (int exitCode, string list) = await PackageTool.RunAptAsync(machine, "install", "--print-uris", "-qq", "part0");
        Assert.True(exitCode == 0, list);
        File.WriteAllText(folder["packages.txt"], list);

        ProgramResult fetched = await ShacacheProgram.RunAsync(folder.Path, "remote", "prefetch", "packages.txt", "--data", folder["data"], "--json");
        fetched.AssertDone();
        await origin.Site.SwitchOffAsync();

        Assert.Equal(AptOrigin.PackageCount, (await InstallAsync(machine)).Length);
    }

    private static void RequireApt()
    {
        ExternalPrograms.Require("apt-get");
        ExternalPrograms.Require("gpg");
        ExternalPrograms.Require("gpgconf");
    }

    /// <summary>A machine that reaches the packages through the server alone.</summary>
    private static string MakeMachine(string folder, ServerProcess server, AptOrigin origin, bool isProxy)
    {
        string url = isProxy ? origin.Url : new Uri(server.Url, "/remote/apt/").AbsoluteUri;
        PackageTool.MakeAptMachine(folder, $"deb {url} stable main", origin.Keyring, isProxy ? server.Url : null);
        return folder;
    }

    /// <returns>Names and hashes of the packages that came, which apt has compared with the index.</returns>
    private static async Task<string[]> InstallAsync(string machine, string package = "part0")
    {
        AssertDone(await PackageTool.RunAptAsync(machine, "update"));
        AssertDone(await PackageTool.RunAptAsync(machine, "install", package));
        return [.. Directory.EnumerateFiles(Path.Combine(machine, "cache/archives"), "*.deb")
            .Select(path => $"{Path.GetFileName(path)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}").Order(StringComparer.Ordinal)];
    }

    private static void AssertDone((int ExitCode, string Text) result) => Assert.True(result.ExitCode == 0, result.Text);
}
