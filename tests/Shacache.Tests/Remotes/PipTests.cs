using System.Security.Cryptography;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>pip, given a remote as its only index.</summary>
public sealed class PipTests
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 20).Select(number => $"part{number}")];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Install_TwentyPackages_ThenAgainWithoutTheOrigin(bool isHtml)
    {
        await PackageTool.RequirePipAsync();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync(isHtml);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "pypi", $"{origin.Url}/simple/", "index-ttl = 0\n");
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        await InstallAsync(server, folder, "first", "Part0");
        await origin.SwitchOffAsync();
        await InstallAsync(server, folder, "second", "part0");

        Assert.All(Names, name => Assert.True(File.Exists(folder["second", $"{name}.py"])));
        Assert.Equal(Files(folder["first"]), Files(folder["second"]));

        // Nothing went past the server, and each file came once.
        Assert.All(origin.Requests, request => Assert.Equal("shacache-gateway", request.Agent));
        Assert.All(origin.Requests.Where(request => request.Path.StartsWith("/files/", StringComparison.Ordinal)).GroupBy(request => request.Path), same => Assert.Single(same));
    }

    [Fact]
    public async Task Install_FileThatWasChangedAtTheOrigin_IsRefusedAndSaysWhichSideIsWrong()
    {
        await PackageTool.RequirePipAsync();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync(isHtml: false);
        origin.Publish("/files/part19-1.0-py3-none-any.whl", "application/octet-stream", RandomNumberGenerator.GetBytes(300));
        using ServerProcess server = await PackageTool.ServeAsync(folder, "pypi", $"{origin.Url}/simple/");
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        (int exitCode, string text) = await RunAsync(server, folder, "install", "--target", folder["site"], "part19");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("502", text, StringComparison.Ordinal);
        using var client = new HttpClient();
        string page = await client.GetStringAsync(new Uri(server.Url, "/remote/pypi/simple/part19/"), TestContext.Current.CancellationToken);
        string link = page[(page.IndexOf("href=\"", StringComparison.Ordinal) + 6)..].Split('#')[0];
        using HttpResponseMessage answer = await client.GetAsync(link, TestContext.Current.CancellationToken);
        Assert.Contains("the index says sha256-", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task InstallWithHashes_AndDownload_GetWhatTheIndexHas()
    {
        await PackageTool.RequirePipAsync();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync(isHtml: false);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "pypi", $"{origin.Url}/simple/");
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        AssertDone(await RunAsync(server, folder, "download", "--dest", folder["wheels"], "part18"));
        string[] wheels = [.. Directory.GetFiles(folder["wheels"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(["part18-1.0-py3-none-any.whl", "part19-1.0-py3-none-any.whl"], wheels);
        File.WriteAllLines(folder["requirements.txt"], wheels.Select(wheel =>
            $"{wheel.Split('-')[0]}==1.0 --hash=sha256:{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder["wheels", wheel])))}"));

        AssertDone(await RunAsync(server, folder, "install", "--require-hashes", "--target", folder["site"], "-r", folder["requirements.txt"]));
        Assert.True(File.Exists(folder["site", "part19.py"]));
    }

    [Fact]
    public async Task Install_FileThatIsMissingAtTheOrigin_IsToldSo()
    {
        await PackageTool.RequirePipAsync();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync(isHtml: false);
        origin.Remove("/files/part19-1.0-py3-none-any.whl");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "pypi", $"{origin.Url}/simple/");
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        (int exitCode, string text) = await RunAsync(server, folder, "install", "--target", folder["site"], "part19");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("404", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Install_FromASlowOriginThatFallsSilentInTheMiddle_FailsAndKeepsNothing_ThenWorks()
    {
        await PackageTool.RequirePipAsync();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync(isHtml: false);
        origin.Delay = PackageTool.Late;
        byte[][] sent = origin.BreakOff("/files/part18-1.0-py3-none-any.whl", isSilent: true);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "pypi", $"{origin.Url}/simple/", common: PackageTool.StallLimit);
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        (int exitCode, string text) = await RunAsync(server, folder, "install", "--target", folder["site"], "part16");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("part18", text, StringComparison.Ordinal);
        await PackageTool.AssertNotKeptAsync(server, sent);
        origin.Mend();

        await InstallAsync(server, folder, "site", "part16");
        Assert.True(File.Exists(folder["site", "part19.py"]));
    }

    [Fact]
    public async Task Install_FromABundleOfTheRequirements_NeedsNeitherTheOriginNorTheFirstServer()
    {
        await PackageTool.RequirePipAsync();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync(isHtml: false);
        using (ServerProcess first = await Carriage.ServeAsync(folder, "pypi", $"{origin.Url}/simple/"))
        {
            await using NetworkCage around = NetworkCage.Around(first.Url);
            AssertDone(await RunAsync(first, folder, "download", "--dest", folder["wheels"], "part0"));
            File.WriteAllLines(folder["requirements.txt"], Directory.GetFiles(folder["wheels"]).Select(path =>
                $"{Path.GetFileName(path).Split('-')[0]}==1.0 --hash=sha256:{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}"));
            await origin.SwitchOffAsync();
            await Carriage.ExportAsync(folder, first, folder["requirements.txt"]);
        }

        using ServerProcess second = await Carriage.ImportAsync(folder, "pypi", $"{origin.Url}/simple/");
        await using NetworkCage cage = NetworkCage.Around(second.Url);
        AssertDone(await RunAsync(second, folder, "install", "--require-hashes", "--target", folder["site"], "-r", folder["requirements.txt"]));
        Assert.All(Names, name => Assert.True(File.Exists(folder["site", $"{name}.py"])));
    }

    /// <summary>Each package needs the next one.</summary>
    private static async Task<PackageOrigin> StartOriginAsync(bool isHtml)
    {
        PackageOrigin origin = await PackageOrigin.StartAsync();
        foreach ((int number, string name) in Names.Index())
            origin.AddWheel(name, number + 1 < Names.Length ? [Names[number + 1]] : [], isHtml);
        return origin;
    }

    private static string[] Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.py").Select(path => $"{Path.GetFileName(path)} {File.ReadAllText(path)}").Order(StringComparer.Ordinal)];

    private static async Task InstallAsync(ServerProcess server, TemporaryFolder folder, string target, string package) =>
        AssertDone(await RunAsync(server, folder, "install", "--target", folder[target], package));

    private static void AssertDone((int ExitCode, string Text) result) => Assert.True(result.ExitCode == 0, result.Text);

    private static Task<(int ExitCode, string Text)> RunAsync(ServerProcess server, TemporaryFolder folder, string command, params string[] arguments) =>
        PackageTool.RunPipAsync(folder, [command, "--index-url", new Uri(server.Url, "/remote/pypi/simple/").AbsoluteUri, .. arguments]);
}
