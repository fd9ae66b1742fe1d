using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance.Server;

/// <summary>The built program, serving a data folder on a free loopback port.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ServerProcess(Process process, Uri url)
    {
        _process = process;
        Url = url;
        CacheUrl = new Uri(url, "/shacache");
        DirectoryUrl = new Uri(url, "/shadir");
        Python = new PythonClient(CacheUrl, DirectoryUrl);
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Url { get; }

    public Uri CacheUrl { get; }

    public Uri DirectoryUrl { get; }

    public PythonClient Python { get; }

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
        ServerProcess server = Launch(dataFolder, settings);
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

    /// <summary>Starts it and waits for nothing.</summary>
    public static ServerProcess Launch(string dataFolder, params (string Name, string Value)[] settings)
    {
        var url = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("dotnet", ["exec", BuiltProgram.Path, "serve", "--data", dataFolder, "--listen", url.GetLeftPart(UriPartial.Authority)])
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
        return new ServerProcess(Process.Start(start)!, url);
    }

    public async Task WaitUntilHealthyAsync()
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

    private static string FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (_output)
            _output.AppendLine(line.Data);
    }
}
