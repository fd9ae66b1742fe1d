using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

namespace Shacache.Benchmarks.Packages;

/// <summary>verdaccio, the registry that caches another, as it is installed by npm.</summary>
internal sealed class Verdaccio : ServerProcess
{
    /// <summary>One of its packages asks for another by a tag, which mirrors of the registry may not have.</summary>
    private const string Manifest = """{"private":true,"dependencies":{"verdaccio":"6"},"overrides":{"node-fetch":"^2.6.7"}}""";

    private const int InstallSeconds = 300;

    private Verdaccio(int port, string folder, string program)
        : base(port, Path.Combine(folder, "verdaccio.log"), "node", program, "--config", Path.Combine(folder, "config.yaml"), "--listen", $"http://127.0.0.1:{port}")
    {
    }

    /// <summary>Installs it into a folder of the run, from the registry that npm is configured for, and starts it.</summary>
    /// <exception cref="Load.LoadException">It cannot be had, or does not start.</exception>
    public static Verdaccio Start(BenchmarkSession session, Uri origin)
    {
        string folder = session.NewFolder("packages-verdaccio");
        File.WriteAllText(Path.Combine(folder, "package.json"), Manifest);
        CommandTurn.Run("timeout", $"{InstallSeconds}", "npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--no-progress", "--loglevel", "error");
        File.WriteAllText(Path.Combine(folder, "config.yaml"), $"""
            storage: {folder}/storage
            auth:
              htpasswd:
                file: {folder}/htpasswd
            uplinks:
              origin:
                url: {origin}
                maxage: 1d
            packages:
              '**':
                access: $all
                proxy: origin
            web:
              enable: false
            log:
              type: stdout
              format: json
              level: error
            """);
        var server = new Verdaccio(FindFreePort(), folder, Path.Combine(folder, "node_modules/verdaccio/bin/verdaccio"));
        server.WaitUntilAnswering("/-/ping", session.CancellationToken);
        return server;
    }
}
