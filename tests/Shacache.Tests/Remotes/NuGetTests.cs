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
        string project = Directory.CreateDirectory(folder["project"]).FullName;
        File.WriteAllText(
            Path.Combine(project, "project.csproj"),
            "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><TargetFramework>net10.0</TargetFramework><UseAppHost>false</UseAppHost><RestorePackagesWithLockFile>true</RestorePackagesWithLockFile></PropertyGroup>" +
            "<ItemGroup><PackageReference Include=\"part0\" Version=\"1.0.0\" /></ItemGroup></Project>");
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

    /// <summary>Restores with nothing kept by the client.</summary>
    private static async Task RestoreAsync(string project, ServerProcess server, params string[] options)
    {
        foreach (string kept in (string[])["packages", "http", "obj"])
        {
            if (Directory.Exists(Path.Combine(project, kept)))
                Directory.Delete(Path.Combine(project, kept), recursive: true);
        }

        File.WriteAllText(
            Path.Combine(project, "nuget.config"),
            $"<configuration><packageSources><clear /><add key=\"cache\" value=\"{new Uri(server.Url, "/remote/nuget/index.json")}\" allowInsecureConnections=\"true\" /></packageSources></configuration>");
        (int exitCode, string text) = await PackageTool.RunInAsync(
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
        Assert.True(exitCode == 0, text);
        for (int number = 0; number < PackageFiles.Count; number++)
            Assert.True(File.Exists(Path.Combine(project, "packages", PackageFiles.NameOf(number), "1.0.0", $"{PackageFiles.NameOf(number)}.nuspec")), text);
    }
}
