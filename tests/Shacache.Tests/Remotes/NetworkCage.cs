using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>A network for package managers that has nothing in it but one server: what they would ask of anything else fails.</summary>
/// <remarks>A network namespace has a loopback of its own. There the address of the server leads to a socket in a folder, and that to the server.</remarks>
internal sealed class NetworkCage : IAsyncDisposable
{
    /// <summary>Turns the loopback on, listens as the server does, and runs the command.</summary>
    private const string Script = """
        import fcntl, socket, struct, subprocess, sys, threading
        path, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 0x41))  # SIOCSIFFLAGS: IFF_UP, IFF_RUNNING
        listener = socket.create_server(("127.0.0.1", port), backlog=128)
        def pass_on(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                target.close()
        def serve():
            while True:
                client, _ = listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(path)
                for pair in (client, server), (server, client):
                    threading.Thread(target=pass_on, args=pair, daemon=True).start()
        threading.Thread(target=serve, daemon=True).start()
        sys.exit(subprocess.call(command))
        """;

    private static readonly AsyncLocal<NetworkCage?> Entered = new();

    private readonly TemporaryFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly IPEndPoint _server;
    private readonly Task _serving;

    private NetworkCage(Uri server)
    {
        _server = new IPEndPoint(IPAddress.Parse(server.Host), server.Port);
        _listener.Bind(new UnixDomainSocketEndPoint(_folder["server"]));
        _listener.Listen(128);
        _serving = ServeAsync();
        Entered.Value = this;
    }

    /// <summary>From now on package managers that the test runs reach this server alone. Skips the test, visibly, where that cannot be done.</summary>
    public static NetworkCage Around(Uri server)
    {
        ExternalPrograms.Require("unshare");
        ExternalPrograms.Require("python3");
        using Process probe = Process.Start(new ProcessStartInfo("unshare", [.. Options, "true"]) { UseShellExecute = false, RedirectStandardError = true })!;
        string problem = probe.StandardError.ReadToEnd().Trim();
        probe.WaitForExit();
        if (probe.ExitCode != 0 && Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail($"There are no network namespaces: {problem}");
        Assert.SkipUnless(probe.ExitCode == 0, $"There are no network namespaces: {problem}");
        return new NetworkCage(server);
    }

    /// <summary>The command that runs a program in the cage that the test has entered; the program itself when it has not.</summary>
    public static string[] Wrap(string program, params string[] arguments) => Entered.Value is { } cage
        ? ["unshare", .. Options, "python3", "-c", Script, cage._folder["server"], cage._server.Port.ToString(CultureInfo.InvariantCulture), program, .. arguments]
        : [program, .. arguments];

    public ValueTask DisposeAsync()
    {
        // Here, and not in the asynchronous part, from which it would not reach the test.
        Entered.Value = null;
        return CloseAsync();
    }

    private async ValueTask CloseAsync()
    {
        _listener.Dispose();
        await _serving;
        _folder.Dispose();
    }

    /// <summary>Who is not root becomes that in a namespace of users.</summary>
    private static string[] Options => Environment.IsPrivilegedProcess ? ["--net"] : ["--net", "--map-root-user"];

    private static async Task PassOnAsync(Socket source, Socket target)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            for (int count; (count = await source.ReceiveAsync(buffer)) > 0;)
            {
                for (int sent = 0; sent < count;)
                    sent += await target.SendAsync(buffer.AsMemory(sent, count - sent));
            }

            target.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // One side has gone: so does the other.
            target.Dispose();
        }
        catch (ObjectDisposedException)
        {
            // The other direction ended both.
        }
    }

    private async Task ServeAsync()
    {
        List<Task> connections = [];
        while (true)
        {
            try
            {
                connections.Add(ServeAsync(await _listener.AcceptAsync()));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                await server.ConnectAsync(_server);
            }
            catch (SocketException)
            {
                return;
            }

            await Task.WhenAll(PassOnAsync(client, server), PassOnAsync(server, client));
        }
    }
}
