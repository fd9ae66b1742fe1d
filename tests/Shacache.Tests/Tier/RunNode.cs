using System.Diagnostics;
using Shacache.Cli.Running;

namespace Shacache.Tests.Tier;

/// <summary>A node that is killed and started again on its port, with its log in a file.</summary>
/// <param name="port">Where it listens on loopback.</param>
/// <param name="log">The file of its log.</param>
/// <param name="arguments">Those of <c>serve</c> beside the address.</param>
/// <param name="environment">Credentials.</param>
internal sealed class RunNode(int port, string log, string[] arguments, IReadOnlyDictionary<string, string> environment) : IDisposable
{
    private Process? _process;

    public Uri Url { get; } = new($"http://127.0.0.1:{port}");

    public void Start()
    {
        string[] command = ["-c", $"exec \"$@\" 2>>'{log}'", "sh", .. ShacacheProgram.ServerCommand, "serve", "--listen", $"http://127.0.0.1:{port}", .. arguments];
        var start = new ProcessStartInfo("sh", command) { UseShellExecute = false };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
    }

    /// <summary>As a machine that loses its power.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process)
            return;
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        _process = null;
    }

    public void Dispose() => KillAsync().GetAwaiter().GetResult();
}
