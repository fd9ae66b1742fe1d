using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance.Server;

/// <summary>The built program, serving a data folder on a loopback address of its own.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process)
    {
        _process = process;
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => _listening.TrySetException(new InvalidOperationException("The server ended before it listened."));
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Url { get; private set; } = null!;

    public Uri CacheUrl => new(Url, "/shacache");

    public Uri DirectoryUrl => new(Url, "/shadir");

    public PythonClient Python => new(CacheUrl, DirectoryUrl);

    public int ProcessId => _process.Id;

    public int ExitCode => _process.ExitCode;

    public ServerMemory Memory => new(_process.Id);

    /// <summary>Descriptors that the process has open.</summary>
    public int OpenDescriptors => Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length;

    /// <summary>Everything it wrote to standard output and standard error so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts it, and waits until it says that it is able to serve.</summary>
    /// <param name="dataFolder">Its data; created when absent.</param>
    /// <param name="settings">Environment variables of its configuration.</param>
    public static async Task<ServerProcess> StartAsync(string dataFolder, params (string Name, string Value)[] settings)
    {
        ServerProcess server = await StartUnwellAsync(dataFolder, settings);
        try
        {
            await server.WaitUntilHealthyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it, and waits until it says that it listens, whether or not it finds itself able to serve.</summary>
    public static async Task<ServerProcess> StartUnwellAsync(string dataFolder, params (string Name, string Value)[] settings)
    {
        ServerProcess server = Launch(dataFolder, settings);
        try
        {
            await server.WaitUntilListeningAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it says that it is able to serve.</summary>
    public async Task WaitUntilReadyAsync()
    {
        await WaitUntilListeningAsync();
        await WaitUntilHealthyAsync();
    }

    /// <summary>Starts it and waits for nothing.</summary>
    public static ServerProcess Launch(string dataFolder, params (string Name, string Value)[] settings) =>
        new(Start([.. BuiltProgram.Command, .. Serve(dataFolder)], dataFolder, settings));

    /// <summary>The same with a limit of the files and connections that it may have open at once.</summary>
    public static ServerProcess LaunchLimited(int descriptors, string dataFolder, (string Name, string Value)[] settings) => new(Start(
        ["sh", "-c", $"ulimit -n {descriptors} && exec \"$@\"", "sh", .. BuiltProgram.Command, .. Serve(dataFolder)], dataFolder, settings));

    private static string[] Serve(string dataFolder) => ["serve", "--data", dataFolder, "--listen", $"http://{OwnAddress()}:0"];

    private static Process Start(string[] command, string dataFolder, (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(dataFolder)),
        };
        foreach (string name in start.Environment.Keys.Where(n => n.StartsWith("SHACACHE_", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string value) in settings)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private async Task WaitUntilListeningAsync()
    {
        try
        {
            Url = await _listening.Task.WaitAsync(StartLimit, TestContext.Current.CancellationToken);
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            throw new InvalidOperationException($"The server did not listen within {StartLimit.TotalSeconds} s:\n{Output}", e);
        }
    }

    private async Task WaitUntilHealthyAsync()
    {
        var since = Stopwatch.StartNew();
        while (!await IsHealthyAsync())
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The server ended with {_process.ExitCode} instead of serving:\n{Output}");
            if (since.Elapsed > StartLimit)
                throw new TimeoutException($"The server is not healthy after {StartLimit.TotalSeconds} s:\n{Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken);
        }
    }

    public async Task<bool> IsHealthyAsync()
    {
        try
        {
            await using WireConnection connection = await WireConnection.OpenAsync(Url);
            await connection.SendAsync($"GET /healthz HTTP/1.1\r\nHost: {Url.Authority}\r\nConnection: close\r\n\r\n");
            return (await connection.TryReceiveAsync())?.Status == 200;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    /// <summary>SIGKILL: no handler of the program runs.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void RequestStop() => Assert.Equal(0, Signal(_process.Id, 15));

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task StopAsync()
    {
        RequestStop();
        await WaitForEndAsync();
    }

    public async Task WaitForEndAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        await _process.WaitForExitAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int processId, int signal);

    /// <summary>An address of this server alone: when it is gone, no other process can get its port.</summary>
    private static IPAddress OwnAddress() => OperatingSystem.IsLinux()
        ? new IPAddress([127, .. Enumerable.Range(0, 3).Select(_ => (byte)RandomNumberGenerator.GetInt32(1, 255))])
        : IPAddress.Loopback;

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (_output)
            _output.AppendLine(line.Data);
        if (Address().Match(line.Data) is { Success: true } address)
            _listening.TrySetResult(new Uri(address.Groups["url"].Value));
    }

    [GeneratedRegex(@"Listening on (?<url>http://[0-9.:]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();
}
