using System.Diagnostics;
using System.Text.RegularExpressions;
using Shacache.Cli.Running;

namespace Shacache.Tests.Serving;

/// <summary>The built program as a process of its own. Every wait is bounded.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly List<string> _linesBefore = [];

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public Uri Url { get; private set; } = null!;

    /// <summary>The line that says where it listens.</summary>
    public string FirstLine { get; private set; } = "";

    /// <summary>What it said until then, that line included.</summary>
    public IReadOnlyList<string> FirstLines => _linesBefore;

    /// <summary>Starts it and waits for the line that says where it listens.</summary>
    public static Task<ServerProcess> StartAsync(params string[] arguments) => StartInAsync([], arguments);

    /// <summary>Starts it with more in its environment, and waits for the line that says where it listens.</summary>
    public static async Task<ServerProcess> StartInAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        return await ListeningAsync(new ServerProcess(Start(arguments, environment)));
    }

    /// <summary>Starts it through another program, which is to become it, and waits for the line that says where it listens.</summary>
    public static Task<ServerProcess> StartThroughAsync(string[] launcher, params string[] arguments) =>
        ListeningAsync(new ServerProcess(Start(arguments, launcher: launcher)));

    private static async Task<ServerProcess> ListeningAsync(ServerProcess server)
    {
        using CancellationTokenSource patience = new(Patience);
        while (await server._process.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            server._linesBefore.Add(line);
            if (line.Contains("Listening on ", StringComparison.Ordinal) && Address().Match(line) is { Success: true } address)
            {
                server.Url = new Uri(address.Value);
                server.FirstLine = line;
                return server;
            }
        }

        throw new InvalidOperationException("The server ended before it listened.");
    }

    /// <summary>Starts it, and waits for nothing.</summary>
    public static ServerProcess Begin(params string[] arguments) => new(Start(arguments));

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Error)> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        using CancellationTokenSource patience = new(Patience);
        Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await error);
    }

    /// <summary>Waits for a line of the log that may have come before the server listened.</summary>
    public async Task<string> WaitForAnyLineAsync(string part) =>
        _linesBefore.Find(line => line.Contains(part, StringComparison.Ordinal)) ?? await WaitForLineAsync(part);

    /// <summary>Waits for a line of the log that comes from now on.</summary>
    public async Task<string> WaitForLineAsync(string part)
    {
        using CancellationTokenSource patience = new(Patience);
        while (await _process.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Contains(part, StringComparison.Ordinal))
                return line;
        }

        throw new InvalidOperationException($"The server ended before it said '{part}'.");
    }

    public Task TerminateAsync() => SignalAsync("TERM");

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString()]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async Task<int> WaitForExitAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        await _process.StandardError.ReadToEndAsync(patience.Token);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>What it says until it ends.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        return await _process.StandardError.ReadToEndAsync(patience.Token);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // It is gone only some time after it was killed: until then it holds its lock, and writes into its folder.
            _process.Kill();
            _process.WaitForExit(Patience);
        }

        _process.Dispose();
    }

    private static Process Start(string[] arguments, Dictionary<string, string>? environment = null, string[]? launcher = null)
    {
        string[] command = [.. launcher ?? [], .. ShacacheProgram.ServerCommand, .. arguments];

        // What comes on the output are some lines, which nobody reads.
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach ((string name, string value) in environment ?? [])
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    [GeneratedRegex(@"https?://[^ ;]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
