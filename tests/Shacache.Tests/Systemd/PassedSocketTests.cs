using System.Net;
using System.Net.Sockets;
using System.Text;
using Shacache.Cli.Running;
using Shacache.Testing;
using Shacache.Testing.Tls;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Systemd;

/// <summary>Sockets that another process listens on and passes to the server.</summary>
public sealed class PassedSocketTests : IDisposable
{
    /// <summary>Listens on the addresses of the first argument, passes the sockets as descriptors 3 and up, with the names of the second, and becomes the program.</summary>
    private const string Launcher = """
        import os, socket, sys
        passed = []
        for number, address in enumerate(sys.argv[1].split(",")):
            if address == "file":
                opened = os.open("/dev/null", os.O_RDWR)
            else:
                listener = socket.socket(socket.AF_UNIX if address[0] == "/" else socket.AF_INET)
                listener.bind(address if address[0] == "/" else (address.split(":")[0], int(address.split(":")[1])))
                listener.listen(100)
                opened = listener.detach()
            passed.append(os.dup2(opened, 100 + number))
        for number, descriptor in enumerate(passed):
            os.dup2(descriptor, 3 + number)
        os.environ.update(LISTEN_FDS=str(len(passed)), LISTEN_PID=sys.argv[3] or str(os.getpid()))
        if sys.argv[2]:
            os.environ["LISTEN_FDNAMES"] = sys.argv[2]
        os.execvp(sys.argv[4], sys.argv[4:])
        """;

    private static readonly HttpClient Http = new();
    private readonly TemporaryFolder _folder = new();

    public PassedSocketTests() => ExternalPrograms.Require("python3");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("shacache")]
    [InlineData("kestrel")]
    public async Task Serve_SocketPassed_ServesThereAndNowhereElse(string transport)
    {
        string passed = $"{OwnLoopback.NewAddress()}:0";
        using ServerProcess server = await StartAsync(passed, "", "--transport", transport, "--listen", "http://127.0.0.1:0");

        Assert.StartsWith($"http://{passed.Split(':')[0]}:", server.Url.ToString(), StringComparison.Ordinal);
        Assert.Single(server.FirstLine.Split(' '), word => word.StartsWith("http", StringComparison.Ordinal));
        byte[] content = [1, 2, 3];
        using HttpResponseMessage stored = await Http.PostAsync(new Uri(server.Url, "/shacache"), new ByteArrayContent(content), Token);
        string digest = await stored.Content.ReadAsStringAsync(Token);
        Assert.Equal(content, await Http.GetByteArrayAsync(new Uri(server.Url, $"/shacache/{digest}"), Token));
        await server.TerminateAsync();
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Theory]
    [InlineData("http:https", false, true)]
    [InlineData("https:http", true, false)]
    [InlineData("some:http", true, false)]
    [InlineData("", true, true)]
    public async Task Serve_SocketsPassedAndCertificate_NamesSayWhichSpeaksTls(string names, bool firstIsTls, bool secondIsTls)
    {
        using var authority = new TestAuthority();
        authority.WritePair("cache", _folder["tls.crt"], _folder["tls.key"]);
        using ServerProcess server = await StartAsync(
            "127.0.0.1:0,127.0.0.1:0", names, "--tls-certificate", _folder["tls.crt"], "--tls-key", _folder["tls.key"]);

        Uri[] urls = [.. server.FirstLine.Split(' ', ';').Where(word => word.StartsWith("http", StringComparison.Ordinal)).Select(word => new Uri(word))];
        Assert.Equal([firstIsTls ? "https" : "http", secondIsTls ? "https" : "http"], urls.Select(url => url.Scheme));
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=cache" },
        });
        foreach (Uri url in urls)
            Assert.Equal("ok\n", await client.GetStringAsync(new Uri(url, "/healthz"), Token));
    }

    [Theory]
    [InlineData("file", "web", "shacache: LISTEN_FDS: descriptor 3 ('web') is no TCP socket that listens; in the socket unit, write ListenStream=ADDRESS:PORT and Accept=no.")]
    [InlineData("SOCKET", "web", "shacache: LISTEN_FDS: descriptor 3 ('web') is no TCP socket that listens; in the socket unit, write ListenStream=ADDRESS:PORT and Accept=no.")]
    [InlineData("127.0.0.1:0", "https", "shacache: listen: https://127.0.0.1:PORT (socket 3 of the service manager) needs a certificate; add --tls-certificate FILE, and --tls-key FILE unless the key is in it.")]
    [InlineData("0.0.0.0:0", "http", "shacache: listen: http://0.0.0.0:PORT (socket 3 of the service manager) is open to other machines and nothing authenticates uploads; make accounts with 'shacache account init', or add --read-only, or --allow-anonymous-upload if everybody who can connect may upload.")]
    public async Task Serve_SocketCannotBeUsed_IsOneLine(string address, string name, string message)
    {
        ProgramResult result = await ShacacheProgram.RunThroughAsync(
            _folder.Path, "python3", ["-c", Launcher, address == "SOCKET" ? _folder["socket"] : address, name, ""], ["serve", "--data", "data"]);

        Assert.Equal(message, System.Text.RegularExpressions.Regex.Replace(result.Error.TrimEnd('\n'), @"(?<=\.[0-9]+:)[0-9]+", "PORT", default, TimeSpan.FromSeconds(1)));
        Assert.Equal(78, result.ExitCode);
    }

    [Fact]
    public async Task Serve_SocketsAreForAnotherProcess_ListensAsConfigured()
    {
        using ServerProcess server = await ServerProcess.StartThroughAsync(
            ["python3", "-c", Launcher, "file", "", "1"], "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");

        Assert.Equal("ok\n", await Http.GetStringAsync(new Uri(server.Url, "/healthz"), Token));
    }

    [Fact]
    public async Task Serve_StartedBySystemd_AnswersTheConnectionThatStartedIt()
    {
        ExternalPrograms.Require("systemd-socket-activate");
        IPEndPoint address = OwnLoopback.NewEndPoint();
        Task<ServerProcess> starting = ServerProcess.StartThroughAsync(["systemd-socket-activate", "-l", $"{address}"], "serve", "--data", _folder["data"]);
        using Socket client = await ConnectAsync(address);
        await client.SendAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), Token);

        using ServerProcess server = await starting;
        using var answer = new StreamReader(new NetworkStream(client), Encoding.ASCII);
        Assert.Equal("HTTP/1.1 200 OK", await answer.ReadLineAsync(Token));
    }

    /// <summary>Connects as soon as somebody listens.</summary>
    private static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        var limit = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(address, Token);
                return socket;
            }
            catch (SocketException) when (limit.Elapsed < TimeSpan.FromSeconds(30))
            {
                socket.Dispose();
                await Task.Delay(20, Token);
            }
        }
    }

    private Task<ServerProcess> StartAsync(string addresses, string names, params string[] arguments) =>
        ServerProcess.StartThroughAsync(["python3", "-c", Launcher, addresses, names, ""], ["serve", "--data", _folder["data"], .. arguments]);
}
