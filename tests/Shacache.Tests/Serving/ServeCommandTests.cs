using System.Net;
using System.Net.Sockets;
using System.Text;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

public sealed class ServeCommandTests : IDisposable
{
    // A seccomp filter: socket(AF_UNIX, …) answers EAFNOSUPPORT; then the program that follows is run.
    private const string WithoutUnixSockets = """
        import ctypes, os, platform, struct, sys
        number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
        def step(code, true, false, value): return struct.pack("HBBI", code, true, false, value)
        program = b"".join([
            step(0x20, 0, 0, 0), step(0x15, 0, 3, number),
            step(0x20, 0, 0, 16), step(0x15, 0, 1, 1),
            step(0x06, 0, 0, 0x00050000 | 97), step(0x06, 0, 0, 0x7fff0000)])
        steps = ctypes.create_string_buffer(program)
        libc = ctypes.CDLL(None, use_errno=True)
        filter = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(steps))
        assert libc.prctl(38, 1, 0, 0, 0) == 0, ctypes.get_errno()
        assert libc.prctl(22, 2, ctypes.c_char_p(filter)) == 0, ctypes.get_errno()
        os.execvp(sys.argv[1], sys.argv[1:])
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_WrongSettings_Exits78WithEveryProblemAndNoStackTrace()
    {
        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--listen", "http://0.0.0.0:0", "--max-blob-size", "20GB", "--log-level", "l\u001b[31m\u202eoud");

        Assert.Equal(78, exitCode);
        Assert.Contains("'l\\u001b[31m\\u202eoud'", error, StringComparison.Ordinal);
        Assert.Equal(3, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_DataFolderInUse_Exits1AndNamesTheHolder()
    {
        using ServerProcess first = await StartAsync();

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder.Path, "--listen", "http://127.0.0.1:0");
        (int reindexExitCode, string reindexError) = await ServerProcess.RunAsync("admin", "reindex", "--data", _folder.Path);

        Assert.Equal(1, exitCode);
        Assert.Contains($"in use by process {first.Id};", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(1, reindexExitCode);
        Assert.Contains("in use", reindexError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_PortInUse_Exits1WithOneLine()
    {
        using ServerProcess first = await StartAsync();

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder["other"], "--listen", first.Url.GetLeftPart(UriPartial.Authority));

        Assert.Equal(1, exitCode);
        Assert.Contains("address already in use", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_DataFolderIsAFile_Exits1WithOneLine()
    {
        await File.WriteAllTextAsync(_folder["file"], "", TestContext.Current.CancellationToken);

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder["file"], "--listen", "http://127.0.0.1:0");

        Assert.Equal(1, exitCode);
        Assert.Contains("cannot be used", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_Terminated_FinishesTheRunningDownloadAndExits0()
    {
        using ServerProcess server = await StartAsync();
        using var client = new HttpClient { BaseAddress = server.Url };
        byte[] content = new byte[64 << 20];
        new Random(1).NextBytes(content);
        using HttpResponseMessage stored = await client.PostAsync(
            new Uri("/shacache", UriKind.Relative), new ByteArrayContent(content), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        string digest = await stored.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        using HttpResponseMessage download = await client.GetAsync(
            new Uri($"/shacache/{digest}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await server.TerminateAsync();
        byte[] received = await download.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.True(content.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task Serve_AccessLogCannotBeWritten_SaysSoBeforeItListens()
    {
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", _folder.Path, "--listen", "http://127.0.0.1:0", "--access-log", _folder["missing/access.log"]);

        Assert.Contains(server.FirstLines, line => line.Contains($"The access log {_folder["missing/access.log"]} cannot be written", StringComparison.Ordinal));
    }

    /// <summary>As in a systemd unit with RestrictAddressFamilies=AF_INET AF_INET6.</summary>
    [Fact]
    public async Task Serve_NoUnixSockets_WarnsAndServes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux can take a kind of socket from a process.");
        ExternalPrograms.Require("python3");
        await File.WriteAllTextAsync(_folder["restrict.py"], WithoutUnixSockets, TestContext.Current.CancellationToken);
        using ServerProcess server = await ServerProcess.StartThroughAsync(
            ["python3", _folder["restrict.py"]], "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
        using var client = new HttpClient { BaseAddress = server.Url };

        using HttpResponseMessage stored = await client.PostAsync("/shacache", new ByteArrayContent([1]), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        Assert.Contains("AF_UNIX", await server.WaitForLineAsync("There is no socket for the operator"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_ClientSendsWhatSteersATerminal_TheLogHasItEscaped()
    {
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", _folder.Path, "--listen", "http://127.0.0.1:0", "--log-level", "trace");
        var answered = new StringBuilder();
        foreach (string request in new[]
        {
            "GET /shadir/%1b%5D0%3Btitle%07%C2%9B31m%E2%80%AEx HTTP/1.1\r\nHost: x\r\nUser-Agent: \u001b]0;t\u0007\r\nConnection: close\r\n\r\n",
            "GET /mirror/keys?prefix=%E2%80%AE%1b&limit=%1b%5B31m%E2%80%AE HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "DELETE /\u001b[31m\u0007 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        })
        {
            using var client = new TcpClient(server.Url.Host, server.Url.Port);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), TestContext.Current.CancellationToken);
            using var reader = new StreamReader(stream);
            answered.Append(await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        }

        await server.TerminateAsync();

        string log = string.Join('\n', server.FirstLines) + await server.ReadToEndAsync();
        Assert.DoesNotContain(answered.ToString().Replace("\r\n", "\n", StringComparison.Ordinal), c => c != '\n' && (char.IsControl(c) || c == '\u202e'));
        Assert.DoesNotContain(log, c => c != '\n' && (char.IsControl(c) || c == '\u202e'));
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartAsync("serve", "--data", _folder.Path, "--listen", "http://127.0.0.1:0");
}
