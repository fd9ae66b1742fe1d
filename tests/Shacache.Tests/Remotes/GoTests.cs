using Shacache.Cli.Running;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>go, given a remote as its module proxy.</summary>
public sealed class GoTests
{
    private static readonly string Names = string.Join(' ', Enumerable.Range(0, PackageFiles.Count).Select(PackageFiles.NameOf));

    [Fact]
    public async Task Run_TwentyModules_AlsoWithoutTheOrigin_AndFromABundle()
    {
        ExternalPrograms.Require("go");
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await PackageOrigin.StartAsync();
        origin.AddModules();
        string project = MakeProject(folder, "part0");
        using (ServerProcess server = await Carriage.ServeAsync(folder, "go", $"{origin.Url}/go/"))
        {
            await using NetworkCage around = NetworkCage.Around(server.Url);
            Assert.Contains(Names, await BuildAsync(project, server), StringComparison.Ordinal);
            await origin.SwitchOffAsync();
            Assert.Contains(Names, await BuildAsync(project, server), StringComparison.Ordinal);
            Assert.All(origin.Requests, request => Assert.Equal("shacache-gateway", request.Agent));
            Assert.All(origin.Requests.Where(request => request.Path.EndsWith(".zip", StringComparison.Ordinal)).GroupBy(request => request.Path), same => Assert.Single(same));
            await Carriage.ExportAsync(folder, server, Path.Combine(project, "go.sum"));
        }

        using ServerProcess second = await Carriage.ImportAsync(folder, "go", $"{origin.Url}/go/");
        await using NetworkCage cage = NetworkCage.Around(second.Url);
        Assert.Contains(Names, await BuildAsync(project, second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithASlowOriginThatFallsSilentInTheMiddle_FailsAndKeepsNothing_ThenWorks()
    {
        ExternalPrograms.Require("go");
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await PackageOrigin.StartAsync();
        origin.AddModules();
        origin.Delay = PackageTool.Late;
        byte[][] sent = origin.BreakOff($"/go/{PackageFiles.ModuleRoot.Replace("P", "!p", StringComparison.Ordinal)}part18/@v/v1.0.0.zip", isSilent: true);
        using ServerProcess server = await PackageTool.ServeAsync(folder, "go", $"{origin.Url}/go/", common: PackageTool.StallLimit);
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        string project = MakeProject(folder, "part16");

        (int exitCode, string text) = await RunAsync(project, server);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("part18", text, StringComparison.Ordinal);
        await PackageTool.AssertNotKeptAsync(server, sent);
        origin.Mend();

        Assert.Contains("part16 part17 part18 part19", await BuildAsync(project, server), StringComparison.Ordinal);
    }

    private static string MakeProject(TemporaryFolder folder, string needed)
    {
        string project = Directory.CreateDirectory(folder["project"]).FullName;
        File.WriteAllText(Path.Combine(project, "go.mod"), $"module project\n\ngo 1.16\n\nrequire {PackageFiles.ModuleRoot}{needed} v1.0.0\n");
        File.WriteAllText(Path.Combine(project, "main.go"), $"package main\n\nimport part \"{PackageFiles.ModuleRoot}{needed}\"\n\nfunc main() {{ println(part.Names()) }}\n");
        return project;
    }

    private static async Task<string> BuildAsync(string project, ServerProcess server)
    {
        (int exitCode, string text) = await RunAsync(project, server);
        Assert.True(exitCode == 0, text);
        return text;
    }

    /// <summary>Builds with nothing kept of modules, and runs what was built.</summary>
    private static async Task<(int ExitCode, string Text)> RunAsync(string project, ServerProcess server)
    {
        string modules = Path.Combine(project, "modules");
        if (Directory.Exists(modules))
            Directory.Delete(modules, recursive: true);
        return await PackageTool.RunInAsync(
            project,
            new Dictionary<string, string>
            {
                ["GOPROXY"] = new Uri(server.Url, "/remote/go").AbsoluteUri,
                ["GOSUMDB"] = "off",
                ["GOFLAGS"] = "-mod=mod -modcacherw",
                ["GOMODCACHE"] = modules,
                ["GOPATH"] = Path.Combine(project, "path"),
                ["GOCACHE"] = Path.Combine(project, "built"),
                ["CGO_ENABLED"] = "0",
            },
            "go", "run", ".");
    }
}
