using System.Diagnostics;
using System.Text.RegularExpressions;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>The built program as a process of its own. Every wait is bounded.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Program = Path.Combine(
        Repository.Root, "src", "Shacache", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "shacache.dll");

    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public Uri Url { get; private set; } = null!;

    /// <summary>Starts it and waits for the line that says where it listens.</summary>
    public static async Task<ServerProcess> StartAsync(params string[] arguments)
    {
        var server = new ServerProcess(Start(arguments));
        using CancellationTokenSource patience = new(Patience);
        while (await server._process.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            if (Address().Match(line) is { Success: true } address)
            {
                server.Url = new Uri(address.Value);
                return server;
            }
        }

        throw new InvalidOperationException("The server ended before it listened.");
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Error)> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        using CancellationTokenSource patience = new(Patience);
        Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await error);
    }

    public async Task TerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async Task<int> WaitForExitAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        await _process.StandardError.ReadToEndAsync(patience.Token);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static Process Start(string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardError = true, UseShellExecute = false })!;

    [GeneratedRegex(@"http://[^ ;]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
