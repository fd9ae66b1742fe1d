using Shacache.Cli.Running;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>buildout, given a remote as its only index.</summary>
public sealed class BuildoutTests
{
    private const int Count = 20;

    /// <summary>A recipe that is a package of the index as well, so that nothing else is needed. It says what it was installed with.</summary>
    private const string Recipe = """
        class Recipe:
            def __init__(self, buildout, name, options):
                self.options = options
            def install(self):
                names = [__import__('part%d' % number).NAME for number in range(20)]
                with open(self.options['output'], 'w') as output:
                    output.write(' '.join(names))
                return []
            update = install

        """;

    /// <summary>buildout itself. That of Debian 12 asks Python for a name that is elsewhere since 3.10.</summary>
    private const string Program = """
        import collections, collections.abc
        collections.MutableMapping = collections.abc.MutableMapping
        from zc.buildout.buildout import main
        main(['-N'])
        """;

    [Fact]
    public async Task Run_TwentyPackages_ThenAgainWithoutTheOrigin()
    {
        ExternalPrograms.Require("buildout");
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await PackageOrigin.StartAsync();
        for (int number = 0; number < Count; number++)
            origin.AddWheel(PackageFiles.NameOf(number), number + 1 < Count ? [PackageFiles.NameOf(number + 1)] : [], isHtml: false);
        origin.AddWheel("recipe", [PackageFiles.NameOf(0)], isHtml: false, Recipe, "[zc.buildout]\ndefault = recipe:Recipe\n");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "pypi", $"{origin.Url}/simple/", "index-ttl = 0\n");
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        string first = await BuildAsync(folder["first"], server);
        await origin.SwitchOffAsync();
        string second = await BuildAsync(folder["second"], server);

        Assert.Equal(string.Join(' ', Enumerable.Range(0, Count).Select(PackageFiles.NameOf)), first);
        Assert.Equal(first, second);
        Assert.All(origin.Requests, request => Assert.Equal("shacache-gateway", request.Agent));
        Assert.All(origin.Requests.Where(request => request.Path.EndsWith(".whl", StringComparison.Ordinal)).GroupBy(request => request.Path), same => Assert.Single(same));
    }

    /// <summary>Builds with nothing kept by buildout.</summary>
    private static async Task<string> BuildAsync(string project, ServerProcess server)
    {
        Directory.CreateDirectory(project);
        File.WriteAllText(
            Path.Combine(project, "buildout.cfg"),
            $"[buildout]\nindex = {new Uri(server.Url, "/remote/pypi/simple/")}\nparts = names\n\n[names]\nrecipe = recipe\noutput = ${{buildout:directory}}/names\n");
        (int exitCode, string text) = await PackageTool.RunAsync(project, "/usr/bin/python3", "-c", Program);
        Assert.True(exitCode == 0, text);
        return File.ReadAllText(Path.Combine(project, "names"));
    }
}
