using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Shacache.Cli.Running;
using Shacache.Core.Signing;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>The download gateway as it is used: settings, the program, and a downloader that knows nothing of the cache.</summary>
public sealed class GatewayProcessTests
{
    [Theory]
    [InlineData("curl", "-sSf", "-o")]
    [InlineData("wget", "-q", "-O")]
    public async Task Serve_GatewayOrigins_AnyDownloaderGetsTheFile_AlsoWhenTheOriginIsGone(string program, string quiet, string output)
    {
        ExternalPrograms.Require(program);
        using var folder = new TemporaryFolder();
        byte[] file = RandomNumberGenerator.GetBytes(300_000);
        using var key = SigningKey.Generate(2048);
        File.WriteAllText(folder["key.pem"], key.ExportPem());
        using var origin = new TcpListener(OwnLoopback.NewAddress(), 0);
        origin.Start();
        string host = origin.LocalEndpoint.ToString()!;
        Task serving = ServeOnceAsync(origin, file);
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", folder["data"], "--listen", "http://127.0.0.1:0", "--gateway-origins", host, "--gateway-allow-private",
            "--gateway-signing-key", folder["key.pem"]);
        string url = new Uri(server.Url, $"/fetch/http/{host}/a/file.bin").AbsoluteUri;

        Assert.Equal(0, await RunAsync(program, quiet, output, folder["first"], url));
        await serving;
        origin.Stop();
        Assert.Equal(0, await RunAsync(program, quiet, output, folder["second"], url));

        Assert.Equal(file, await File.ReadAllBytesAsync(folder["first"], TestContext.Current.CancellationToken));
        Assert.Equal(file, await File.ReadAllBytesAsync(folder["second"], TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFiles(folder["data", "gateway"]));
        await server.TerminateAsync();
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Theory]
    [InlineData("--gateway-signing-key")]
    [InlineData("--gateway-certificates")]
    public async Task Serve_FileOfTheGatewayThatIsNoneOrUnreadable_Exits78AndSaysWhich(string flag)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["nonsense"], "nonsense");

        foreach (string path in (string[])[folder["nonsense"], folder["missing"]])
        {
            (int exitCode, string error) = await ServerProcess.RunAsync(
                "serve", "--data", folder["data"], "--listen", "http://127.0.0.1:0", "--gateway-origins", "example.org", flag, path);

            Assert.Equal(78, exitCode);
            Assert.Contains(flag[2..], error, StringComparison.Ordinal);
            Assert.Contains(path, error, StringComparison.Ordinal);
        }
    }

    private static async Task ServeOnceAsync(TcpListener origin, byte[] file)
    {
        using Socket socket = await origin.AcceptSocketAsync(TestContext.Current.CancellationToken);
        // What is left unread when it closes would become a reset, which may overtake the answer.
        var request = new StringBuilder();
        byte[] part = new byte[8192];
        while (await socket.ReceiveAsync(part, TestContext.Current.CancellationToken) is > 0 and var count)
        {
            request.Append(Encoding.Latin1.GetString(part, 0, count));
            if (request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                break;
        }

        await socket.SendAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {file.Length}\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        await socket.SendAsync(file, TestContext.Current.CancellationToken);
        socket.Shutdown(SocketShutdown.Both);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }
}
