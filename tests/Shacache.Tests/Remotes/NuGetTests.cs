using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>dotnet, given a remote as its only source.</summary>
public sealed class NuGetTests
{
    [Fact]
    public async Task Restore_TwentyPackages_AlsoWithoutTheOrigin_AndFromABundle()
    {
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await PackageOrigin.StartAsync();
        origin.AddNuGet();
        string project = MakeProject(folder);
        string lockFile = Path.Combine(project, "packages.lock.json");
        using (ServerProcess server = await Carriage.ServeAsync(folder, "nuget", $"{origin.Url}/v3/index.json"))
        {
            await using NetworkCage around = NetworkCage.Around(server.Url);
            await RestoreAsync(project, server);
            string first = await File.ReadAllTextAsync(lockFile, TestContext.Current.CancellationToken);
            await origin.SwitchOffAsync();
            await RestoreAsync(project, server, "--locked-mode");
            File.Delete(lockFile);
            await RestoreAsync(project, server);
            Assert.Equal(first, await File.ReadAllTextAsync(lockFile, TestContext.Current.CancellationToken));
            Assert.All(origin.Requests, request => Assert.Equal("shacache-gateway", request.Agent));
            await Carriage.ExportAsync(folder, server, lockFile);
        }

        using ServerProcess second = await Carriage.ImportAsync(folder, "nuget", $"{origin.Url}/v3/index.json");
        await using NetworkCage cage = NetworkCage.Around(second.Url);
        await RestoreAsync(project, second, "--locked-mode");
    }

    [Fact]
    public async Task Restore_FromASlowServerThatStopsInTheMiddle_FailsAndKeepsNothing_ThenWorks()
    {
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await PackageOrigin.StartAsync();
        origin.AddNuGet();
        origin.Delay = PackageTool.Late;
        byte[][] sent = origin.BreakOff("/content/part18/1.0.0/part18.1.0.0.nupkg");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "nuget", $"{origin.Url}/v3/index.json");
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        string project = MakeProject(folder, first: 16);

        (int exitCode, string text) = await RunAsync(project, server);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("part18", text, StringComparison.Ordinal);
        await PackageTool.AssertNotKeptAsync(server, sent);
        origin.Mend();

        await RestoreAsync(project, server, first: 16);
    }

    private static string MakeProject(TemporaryFolder folder, int first = 0)
    {
        string project = Directory.CreateDirectory(folder["project"]).FullName;
        File.WriteAllText(
            Path.Combine(project, "project.csproj"),
            "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><TargetFramework>net10.0</TargetFramework><UseAppHost>false</UseAppHost><RestorePackagesWithLockFile>true</RestorePackagesWithLockFile></PropertyGroup>" +
            $"<ItemGroup><PackageReference Include=\"{PackageFiles.NameOf(first)}\" Version=\"1.0.0\" /></ItemGroup></Project>");
        return project;
    }

    private static async Task RestoreAsync(string project, ServerProcess server, string? option = null, int first = 0)
    {
        (int exitCode, string text) = await RunAsync(project, server, option is null ? [] : [option]);
        Assert.True(exitCode == 0, text);
        for (int number = first; number < PackageFiles.Count; number++)
            Assert.True(File.Exists(Path.Combine(project, "packages", PackageFiles.NameOf(number), "1.0.0", $"{PackageFiles.NameOf(number)}.nuspec")), text);
    }

    /// <summary>Restores with nothing kept by the client.</summary>
    private static async Task<(int ExitCode, string Text)> RunAsync(string project, ServerProcess server, params string[] options)
    {
        foreach (string kept in (string[])["packages", "http", "obj"])
        {
            if (Directory.Exists(Path.Combine(project, kept)))
                Directory.Delete(Path.Combine(project, kept), recursive: true);
        }

        File.WriteAllText(
            Path.Combine(project, "nuget.config"),
            $"<configuration><packageSources><clear /><add key=\"cache\" value=\"{new Uri(server.Url, "/remote/nuget/index.json")}\" allowInsecureConnections=\"true\" /></packageSources></configuration>");
        return await PackageTool.RunInAsync(
            project,
            new Dictionary<string, string>
            {
                ["NUGET_PACKAGES"] = Path.Combine(project, "packages"),
                ["NUGET_HTTP_CACHE_PATH"] = Path.Combine(project, "http"),
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
                ["DOTNET_NOLOGO"] = "1",
                ["MSBUILDDISABLENODEREUSE"] = "1",
            },
            "dotnet", ["restore", .. options]);
    }
}
