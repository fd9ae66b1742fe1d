using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Session;

/// <summary>A server of each program that is measured, side by side.</summary>
internal sealed class OurServers : IDisposable
{
    private readonly List<ShacacheServer> _servers = [];

    /// <param name="session">The run.</param>
    /// <param name="start">Starts the server of one program.</param>
    public OurServers(BenchmarkSession session, Func<OurProgram, ShacacheServer> start)
    {
        try
        {
            foreach (OurProgram program in session.Programs)
                _servers.Add(start(program));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Starts each on a data folder of its own.</summary>
    public OurServers(BenchmarkSession session, string dataFolder, params string[] options)
        : this(session, program => ShacacheServer.Start(program, DataFolder(session, dataFolder, program), session.CancellationToken, options))
    {
    }

    public IReadOnlyList<ShacacheServer> All => _servers;

    /// <summary>The data folder of a program's server.</summary>
    public static string DataFolder(BenchmarkSession session, string name, OurProgram program) => session.PathOf($"{name}-{program.Name}");

    public void Dispose() => _servers.ForEach(server => server.Dispose());
}
