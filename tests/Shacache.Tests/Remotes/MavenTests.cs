using System.Security.Cryptography;
using Shacache.Cli.Running;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>mvn, given a remote as the mirror of every repository. What extends a build is resolved before anything is built, so that no plugin is needed.</summary>
public sealed class MavenTests
{
    [Fact]
    public async Task Validate_TwentyArtifacts_AlsoWithoutTheOrigin()
    {
        ExternalPrograms.Require("mvn");
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        using ServerProcess server = await PackageTool.ServeAsync(folder, "maven", $"{origin.Url}/maven/", "index-ttl = 0\n");
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        string project = MakeProject(folder, server);

        string[] first = await ResolveAsync(project);
        await origin.SwitchOffAsync();
        Assert.Equal(first, await ResolveAsync(project));

        Assert.All(origin.Requests, request => Assert.Equal("shacache-gateway", request.Agent));
        Assert.All(origin.Requests.Where(request => request.Path.EndsWith(".jar", StringComparison.Ordinal)).GroupBy(request => request.Path), same => Assert.Single(same));
    }

    [Fact]
    public async Task Validate_ArtifactThatWasChangedAtTheOrigin_IsRefused()
    {
        ExternalPrograms.Require("mvn");
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        origin.Publish("/maven/test/parts/part2/1.0/part2-1.0.jar", "application/java-archive", RandomNumberGenerator.GetBytes(500));
        using ServerProcess server = await PackageTool.ServeAsync(folder, "maven", $"{origin.Url}/maven/");
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        (int exitCode, string text) = await RunAsync(MakeProject(folder, server));

        Assert.NotEqual(0, exitCode);
        Assert.Contains("part2", text, StringComparison.Ordinal);
        Assert.Contains("502", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_WithASlowOriginThatStopsInTheMiddle_FailsAndKeepsNothing_ThenWorks()
    {
        ExternalPrograms.Require("mvn");
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        origin.Delay = PackageTool.Late;
        byte[][] sent = origin.BreakOff("/maven/test/parts/part18/1.0/part18-1.0.jar");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "maven", $"{origin.Url}/maven/");
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        string project = MakeProject(folder, server, first: 16);

        (int exitCode, string text) = await RunAsync(project);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("part18", text, StringComparison.Ordinal);
        await PackageTool.AssertNotKeptAsync(server, sent);
        origin.Mend();

        Assert.Equal(4, (await ResolveAsync(project, first: 16)).Length);
    }

    private static async Task<PackageOrigin> StartOriginAsync()
    {
        PackageOrigin origin = await PackageOrigin.StartAsync();
        origin.AddArtifacts();
        return origin;
    }

    private static string MakeProject(TemporaryFolder folder, ServerProcess server, int first = 0)
    {
        string project = Directory.CreateDirectory(folder["project"]).FullName;
        File.WriteAllText(
            Path.Combine(project, "settings.xml"),
            $"<settings><mirrors><mirror><id>cache</id><mirrorOf>*</mirrorOf><url>{new Uri(server.Url, "/remote/maven/")}</url></mirror></mirrors></settings>");
        File.WriteAllText(
            Path.Combine(project, "pom.xml"),
            "<project><modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>project</artifactId><version>1</version><packaging>pom</packaging>" +
            "<pluginRepositories><pluginRepository><id>all</id><url>http://repository.test/</url><snapshots><enabled>true</enabled></snapshots></pluginRepository></pluginRepositories>" +
            $"<build><extensions><extension><groupId>test.parts</groupId><artifactId>{PackageFiles.NameOf(first)}</artifactId><version>1.0</version></extension></extensions></build></project>");
        return project;
    }

    /// <summary>Resolves with nothing kept by the client.</summary>
    /// <returns>The archives that are there, with their hashes.</returns>
    private static async Task<string[]> ResolveAsync(string project, int first = 0)
    {
        string kept = Path.Combine(project, "repository");
        if (Directory.Exists(kept))
            Directory.Delete(kept, recursive: true);
        (int exitCode, string text) = await RunAsync(project);
        Assert.True(exitCode == 0, text);
        Assert.DoesNotContain("hecksum", text, StringComparison.Ordinal);
        string[] archives =
        [
            .. Directory.GetFiles(Path.Combine(kept, "test", "parts"), "*.jar", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(path => $"{Path.GetFileName(path)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}"),
        ];
        Assert.All(Enumerable.Range(first, PackageFiles.Count - first), number => Assert.Contains(archives, archive => archive.StartsWith($"{PackageFiles.NameOf(number)}-1.0", StringComparison.Ordinal)));
        return archives;
    }

    private static Task<(int ExitCode, string Text)> RunAsync(string project) =>
        PackageTool.RunAsync(project, "mvn", "--batch-mode", "--settings", Path.Combine(project, "settings.xml"), $"-Dmaven.repo.local={Path.Combine(project, "repository")}", $"-Duser.home={project}", "validate");
}
