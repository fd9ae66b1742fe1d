using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Shacache.Benchmarks.Load;

namespace Shacache.Benchmarks.Servers;

/// <summary>A server that runs as a process of its own on a free port of 127.0.0.1, until it is disposed.</summary>
internal abstract class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _logFile;

    /// <param name="port">The port that the command makes it listen on.</param>
    /// <param name="logFile">Takes standard output and standard error.</param>
    /// <param name="command">Program and arguments.</param>
    protected ServerProcess(int port, string logFile, params string[] command)
    {
        Port = port;
        _logFile = logFile;
        // The shell redirects and is then replaced, so that the process id is the server's.
        _process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", logFile, .. command])
        {
            UseShellExecute = false,
        })!;
    }

    public int Port { get; }

    /// <summary>Where it speaks HTTPS; 0 when it does not.</summary>
    public int TlsPort { get; protected init; }

    public Uri Url => new($"http://127.0.0.1:{Port}/");

    public TimeSpan CpuTime => ProcessTree.CpuTime(_process.Id);

    public long ResidentBytes => ProcessTree.ResidentBytes(_process.Id);

    /// <summary>A port that was free a moment ago.</summary>
    public static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Asks for a path until there is an answer, every millisecond. When there is none, the server is stopped.</summary>
    /// <exception cref="LoadException">The server ended, or did not answer within a minute; the message has the end of its log.</exception>
    public void WaitUntilAnswering(string path, CancellationToken cancellationToken)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            byte[] request = RequestHead.Get(path, close: true);
            while (!TryAsk(request))
            {
                if (_process.HasExited || Stopwatch.GetElapsedTime(start) > StartLimit)
                    throw new LoadException($"{GetType().Name} does not answer on port {Port}: {string.Join(" | ", File.ReadLines(_logFile).TakeLast(5))}");
                cancellationToken.WaitHandle.WaitOne(1);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _ = LibC.Kill(_process.Id, LibC.Terminate);
            if (!_process.WaitForExit(StopLimit))
                _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        GC.SuppressFinalize(this);
    }

    private bool TryAsk(byte[] request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000 };
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            socket.Send(request);
            return socket.Receive(new byte[16]) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
