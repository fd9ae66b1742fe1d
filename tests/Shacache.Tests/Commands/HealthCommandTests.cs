using System.Net;
using Shacache.Cli.Running;
using Shacache.Testing;
using Shacache.Testing.Tls;
using Shacache.Tests.Serving;

namespace Shacache.Cli.Commands;

/// <summary><c>shacache health</c>: the exit code and one line, for containers and monitors.</summary>
public sealed class HealthCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Health_ServerByUrlOrConfiguration_IsOk()
    {
        IPEndPoint address = OwnLoopback.NewEndPoint();
        await File.WriteAllTextAsync(_folder["shacache.conf"], $"listen = http://{address}\ndata = {_folder["data"]}\n", TestContext.Current.CancellationToken);
        using ServerProcess server = await ServerProcess.StartAsync("serve", "--config", _folder["shacache.conf"]);

        foreach (string[] named in (string[][])[["--url", $"http://{address}"], ["--config", "shacache.conf"]])
            Assert.Equal($"http://{address}: ok\n", (await RunAsync(named)).AssertDone().Text);
        Assert.Equal(
            $"http://{address}: ok\n",
            (await ShacacheProgram.RunBashAsync(_folder.Path, $"http_proxy=http://127.0.0.1:9 SHACACHE_CONFIG=shacache.conf $SHACACHE health")).AssertDone().Text);
    }

    [Fact]
    public async Task Health_HttpsServer_IsAskedByItsSocketOrWithItsAuthority()
    {
        using var authority = new TestAuthority();
        authority.WritePair("127.0.0.1", _folder["tls.crt"], _folder["tls.key"]);
        await File.WriteAllTextAsync(_folder["ca.pem"], authority.RootPem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            _folder["shacache.conf"], $"listen = https://127.0.0.1:0\ndata = {_folder["data"]}\ntls-certificate = {_folder["tls.crt"]}\ntls-key = {_folder["tls.key"]}\n",
            TestContext.Current.CancellationToken);
        using ServerProcess server = await ServerProcess.StartAsync("serve", "--config", _folder["shacache.conf"]);

        Assert.Equal($"{_folder["data", "admin.sock"]}: ok\n", (await RunAsync("--config", "shacache.conf")).AssertDone().Text);
        string url = server.Url.GetLeftPart(UriPartial.Authority);
        Assert.Equal($"{url}: ok\n", (await RunAsync("--url", url, "--ca", "ca.pem")).AssertDone().Text);
        ProgramResult untrusted = await RunAsync("--url", url);
        Assert.Equal((1, ""), (untrusted.ExitCode, untrusted.Text));
        Assert.Contains("TLS failed", untrusted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_DataFolderIsGone_Is1AndTheServersReason()
    {
        using ServerProcess server = await ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
        Directory.Move(_folder["data"], _folder["elsewhere"]);

        ProgramResult result = await RunAsync("--url", server.Url.GetLeftPart(UriPartial.Authority));
        Assert.Equal((1, ""), (result.ExitCode, result.Text));
        Assert.Contains("503", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Health_NoAnswer_Is1AfterTheTimeout()
    {
        using var silent = new SilentPort(IPAddress.Loopback);
        string url = $"http://{silent.EndPoint}";

        (await RunAsync("--url", url, "--timeout", "1")).AssertFails(1, $"shacache: {url} did not answer within 1 s.");
        string closed = $"http://{OwnLoopback.NewEndPoint()}";
        ProgramResult refused = await RunAsync("--url", closed);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Connection refused", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--url http://127.0.0.1:1 --config x", 2, "shacache: give --url or --config, not both.\nTry 'shacache health --help'.")]
    [InlineData("--ca ca.pem", 2, "shacache: --ca is for a server that --url names.\nTry 'shacache health --help'.")]
    [InlineData("--timeout 0", 2, "shacache: --timeout: a number of seconds from 1 to 3600 is needed.\nTry 'shacache health --help'.")]
    [InlineData("--config none", 78, "shacache: --config: 'none' cannot be read: there is no such file.")]
    public async Task Health_WrongOptions_AreOneLine(string arguments, int exitCode, string message) =>
        (await RunAsync(arguments.Split(' '))).AssertFails(exitCode, message);

    private Task<ProgramResult> RunAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, ["health", .. arguments]);
}
