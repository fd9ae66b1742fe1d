using System.Security.Cryptography;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>npm, given a remote as its registry.</summary>
public sealed class NpmTests
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 20).Select(number => number % 4 == 3 ? $"@parts/p{number}" : $"part{number}")];

    [Fact]
    public async Task InstallThenCi_TwentyPackages_AlsoWithoutTheOrigin()
    {
        PackageTool.RequireNpm();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        using ServerProcess server = await PackageTool.ServeAsync(folder, "npm", origin.Url, "index-ttl = 0\n");
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        string project = MakeProject(folder);
        var registry = new Uri(server.Url, "/remote/npm/");

        AssertDone(await PackageTool.RunNpmAsync(project, registry, "install"));
        await origin.SwitchOffAsync();

        // As on another machine: nothing of it is here but the lock file.
        Directory.Delete(Path.Combine(project, "node_modules"), recursive: true);
        Directory.Delete(Path.Combine(project, "npm-cache"), recursive: true);
        AssertDone(await PackageTool.RunNpmAsync(project, registry, "ci"));
        Assert.All(Names, name => Assert.True(File.Exists(Path.Combine(project, "node_modules", name, "index.js"))));

        // And without the lock file.
        Directory.Delete(Path.Combine(project, "node_modules"), recursive: true);
        Directory.Delete(Path.Combine(project, "npm-cache"), recursive: true);
        File.Delete(Path.Combine(project, "package-lock.json"));
        AssertDone(await PackageTool.RunNpmAsync(project, registry, "install"));
        Assert.All(Names, name => Assert.True(File.Exists(Path.Combine(project, "node_modules", name, "index.js"))));
        Assert.All(origin.Requests, request => Assert.Equal("shacache-gateway", request.Agent));
    }

    [Fact]
    public async Task Ci_WithTheLockFileOfAnotherServer_AsksForArchivesAlone()
    {
        PackageTool.RequireNpm();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        string project = MakeProject(folder);
        using (ServerProcess first = await PackageTool.ServeAsync(folder, "npm", origin.Url))
        {
            await using NetworkCage around = NetworkCage.Around(first.Url);
            AssertDone(await PackageTool.RunNpmAsync(project, new Uri(first.Url, "/remote/npm/"), "install", "--package-lock-only"));
            await first.TerminateAsync();
            Assert.Equal(0, await first.WaitForExitAsync());
        }

        Directory.Delete(folder["data"], recursive: true);
        string path = Path.Combine(project, "package-lock.json");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "npm", origin.Url);
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        var registry = new Uri(server.Url, "/remote/npm/");
        File.WriteAllText(path, System.Text.RegularExpressions.Regex.Replace(
            File.ReadAllText(path), "http://127[^/]*/remote/npm/", registry.AbsoluteUri, System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(10)));
        AssertDone(await PackageTool.RunNpmAsync(project, registry, "ci"));
        Assert.All(Names, name => Assert.True(File.Exists(Path.Combine(project, "node_modules", name, "index.js"))));
    }

    [Fact]
    public async Task View_AndDistTags_AreThoseOfTheRegistry()
    {
        PackageTool.RequireNpm();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        origin.Publish("/-/package/@parts%2fp3/dist-tags", "application/json", "{\"latest\":\"1.0.0\",\"next\":\"1.0.0\"}");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "npm", origin.Url);
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        var registry = new Uri(server.Url, "/remote/npm/");

        (int ExitCode, string Text) view = await PackageTool.RunNpmAsync(folder.Path, registry, "view", "@parts/p3", "dist.tarball");
        AssertDone(view);
        Assert.Contains($"{registry}@parts/p3/-/p3-1.0.0.tgz", view.Text, StringComparison.Ordinal);
        (int ExitCode, string Text) tags = await PackageTool.RunNpmAsync(folder.Path, registry, "dist-tag", "ls", "@parts/p3");
        AssertDone(tags);
        Assert.Contains("next: 1.0.0", tags.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Install_ArchiveThatWasChangedAtTheRegistry_IsRefused()
    {
        PackageTool.RequireNpm();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        origin.Publish("/part1/-/part1-1.0.0.tgz", "application/octet-stream", RandomNumberGenerator.GetBytes(500));
        using ServerProcess server = await PackageTool.ServeAsync(folder, "npm", origin.Url);
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        (int exitCode, string text) = await PackageTool.RunNpmAsync(MakeProject(folder), new Uri(server.Url, "/remote/npm/"), "install");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("502", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Install_FromASlowRegistryThatStopsInTheMiddle_FailsAndKeepsNothing_ThenWorks()
    {
        PackageTool.RequireNpm();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        origin.Delay = PackageTool.Late;
        byte[][] sent = origin.BreakOff("/part18/-/part18-1.0.0.tgz");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "npm", origin.Url);
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        string project = MakeProject(folder, "part16");
        var registry = new Uri(server.Url, "/remote/npm/");

        (int exitCode, string text) = await PackageTool.RunNpmAsync(project, registry, "install");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("part18", text, StringComparison.Ordinal);
        await PackageTool.AssertNotKeptAsync(server, sent);
        origin.Mend();

        AssertDone(await PackageTool.RunNpmAsync(project, registry, "install"));
        Assert.True(File.Exists(Path.Combine(project, "node_modules", Names[^1], "index.js")));
    }

    [Fact]
    public async Task Ci_FromABundleOfTheLockFile_NeedsNeitherTheOriginNorTheFirstServer()
    {
        PackageTool.RequireNpm();
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        string project = MakeProject(folder);
        using (ServerProcess first = await Carriage.ServeAsync(folder, "npm", origin.Url))
        {
            await using NetworkCage around = NetworkCage.Around(first.Url);
            AssertDone(await PackageTool.RunNpmAsync(project, new Uri(first.Url, "/remote/npm/"), "install", "--package-lock-only"));
            await Carriage.ExportAsync(folder, first, Path.Combine(project, "package-lock.json"));
        }

        await origin.SwitchOffAsync();
        Directory.Delete(Path.Combine(project, "npm-cache"), recursive: true);
        using ServerProcess second = await Carriage.ImportAsync(folder, "npm", origin.Url);
        await using NetworkCage cage = NetworkCage.Around(second.Url);
        AssertDone(await PackageTool.RunNpmAsync(project, new Uri(second.Url, "/remote/npm/"), "ci", "--replace-registry-host", "always"));
        Assert.All(Names, name => Assert.True(File.Exists(Path.Combine(project, "node_modules", name, "index.js"))));
    }

    private static async Task<PackageOrigin> StartOriginAsync()
    {
        PackageOrigin origin = await PackageOrigin.StartAsync();
        foreach ((int number, string name) in Names.Index())
            origin.AddNpm(name, number + 1 < Names.Length ? [Names[number + 1]] : []);
        return origin;
    }

    private static string MakeProject(TemporaryFolder folder, string needed = "part0")
    {
        string project = Directory.CreateDirectory(folder["project"]).FullName;
        File.WriteAllText(Path.Combine(project, "package.json"), $"{{\"name\":\"project\",\"version\":\"1.0.0\",\"dependencies\":{{\"{needed}\":\"^1.0.0\"}}}}");
        return project;
    }

    private static void AssertDone((int ExitCode, string Text) result) => Assert.True(result.ExitCode == 0, result.Text);
}
