using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shacache.Cli.Running;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Tests.Serving;

/// <summary>The download gateway and origins that speak TLS: which authorities it trusts is told by the system, or by SSL_CERT_FILE.</summary>
public sealed class GatewayTlsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _trusted = new();
    private readonly TestAuthority _foreign = new();
    private readonly byte[] _file = RandomNumberGenerator.GetBytes(300_000);
    private readonly OriginSite _plain = new(address: IPAddress.Loopback);
    private OriginSite _secure = null!;
    private OriginSite _suspect = null!;
    private ServerProcess _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _secure = new OriginSite(Issue(_trusted), IPAddress.Loopback);
        _suspect = new OriginSite(Issue(_foreign), IPAddress.Loopback);
        foreach (OriginSite origin in (OriginSite[])[_plain, _secure, _suspect])
            await origin.StartAsync(Token);
        // Kestrel sends the leaf alone, so the intermediate certificate is there, too.
        await File.WriteAllTextAsync(_folder["authorities.pem"], _trusted.RootPem + _trusted.IntermediatePem, Token);
        _server = await ServerProcess.StartInAsync(
            new() { ["SSL_CERT_FILE"] = _folder["authorities.pem"] },
            "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0", "--gateway-origins", "localhost:*", "--gateway-origins", "127.0.0.1:*",
            "--gateway-allow-private");
    }

    public async ValueTask DisposeAsync()
    {
        _server.Dispose();
        await _plain.DisposeAsync();
        await _secure.DisposeAsync();
        await _suspect.DisposeAsync();
        _trusted.Dispose();
        _foreign.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Get_HttpsOrigin_IsFetchedAndKept()
    {
        string url = _secure.Publish("a/file.bin", _file);

        await AssertFileAsync(url);
        await _secure.SwitchOffAsync();
        await AssertFileAsync(url);
    }

    [Fact]
    public async Task Get_RedirectFromHttpToHttps_IsFollowed()
    {
        string url = _plain.Redirect("moved", _secure.Publish("file.bin", _file));

        await AssertFileAsync(url);
        Assert.Equal((1, 1), (_plain.RequestCount, _secure.RequestCount));
    }

    [Fact]
    public async Task Get_RedirectFromHttpsToHttp_Is403AndNotFollowed()
    {
        string url = _secure.Redirect("downgrade", _plain.Publish("file.bin", _file));

        Assert.Equal(HttpStatusCode.Forbidden, (await GetBytesAsync(url)).Status);
        Assert.Equal(0, _plain.RequestCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Get_CertificateOfAnAuthorityThatIsNotTrusted_Is502AndNothingIsAsked(bool isRedirected)
    {
        string url = _suspect.Publish("file.bin", _file);
        if (isRedirected)
            url = _plain.Redirect("suspect", url);

        (HttpStatusCode status, byte[] body) = await GetBytesAsync(url);

        Assert.Equal(HttpStatusCode.BadGateway, status);
        Assert.Matches("^The TLS certificate of the origin [^ ]+ is not trusted here; SSL_CERT_FILE [^\n]*\n?$", Encoding.UTF8.GetString(body));
        Assert.Equal(0, _suspect.RequestCount);
    }

    [Fact]
    public async Task Get_CertificateOfAnotherName_Is502()
    {
        // The certificate has localhost and 127.0.0.1, and no other name of this machine.
        await using var other = new OriginSite(Issue(_trusted), IPAddress.Parse("127.0.0.2"));
        await other.StartAsync(Token);
        string url = other.Publish("file.bin", _file);

        using ServerProcess server = await ServerProcess.StartInAsync(
            new() { ["SSL_CERT_FILE"] = _folder["authorities.pem"] },
            "serve", "--data", _folder["other"], "--listen", "http://127.0.0.1:0", "--gateway-origins", "127.0.0.2:*", "--gateway-allow-private");
        Assert.Equal(HttpStatusCode.BadGateway, (await GetBytesAsync(url, server)).Status);
        Assert.Equal(0, other.RequestCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Get_CertificateThatNamesWhereItsIssuerIs_Is502_AndNobodyGoesThere(bool isRootTrusted)
    {
        await using var origin = new LeafServer(isRootTrusted ? _trusted : _foreign);
        await File.WriteAllTextAsync(_folder["root.pem"], _trusted.RootPem, Token);
        Directory.CreateDirectory(_folder["home"]);
        using ServerProcess server = await ServerProcess.StartInAsync(
            new() { ["SSL_CERT_FILE"] = _folder["root.pem"], ["HOME"] = _folder["home"] },
            "serve", "--data", _folder["other"], "--listen", "http://127.0.0.1:0", "--gateway-origins", "127.0.0.1:*", "--gateway-allow-private");

        Assert.Equal(HttpStatusCode.BadGateway, (await GetBytesAsync($"{origin.Url}file.bin", server)).Status);

        Assert.Equal(1, origin.Handshakes);
        Assert.Equal(0, origin.IssuerConnections);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["home"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task AdminForget_UrlThatWasFetched_IsFetchedAnew()
    {
        string url = _secure.Publish("a+b.bin", _file);
        await AssertFileAsync(url);

        (int exitCode, string error) = await ServerProcess.RunAsync("admin", "forget", url.Replace("+", "%2b", StringComparison.Ordinal), "--data", _folder["data"]);
        Assert.Equal((0, ""), (exitCode, error));
        await AssertFileAsync(url);
        Assert.Equal(2, _secure.RequestCount);

        Assert.Equal(3, (await ServerProcess.RunAsync("admin", "forget", "https://example.org/never-seen.bin", "--data", _folder["data"])).ExitCode);
    }

    private static X509Certificate2 Issue(TestAuthority authority)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = authority.Issue(key, "origin");
        return certificate.CopyWithPrivateKey(key);
    }

    private async Task AssertFileAsync(string url)
    {
        (HttpStatusCode status, byte[] body) = await GetBytesAsync(url);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(_file, body);
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> GetBytesAsync(string url, ServerProcess? server = null)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        using HttpResponseMessage answer = await client.GetAsync(
            new Uri((server ?? _server).Url, $"/fetch/{url.Replace("://", "/", StringComparison.Ordinal)}"), Token);
        return (answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(Token));
    }
}
