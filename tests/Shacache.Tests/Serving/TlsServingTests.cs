using System.Security.Cryptography;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Tests.Serving;

/// <summary>The program over TLS, with the clients that people have.</summary>
public sealed class TlsServingTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = new();
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        _authority.WritePair("first", _folder["tls.crt"], _folder["tls.key"]);
        await File.WriteAllTextAsync(_folder["ca.pem"], _authority.RootPem);
        _server = await ServerProcess.StartAsync(
            "serve", "--data", _folder["data"], "--listen", "https://127.0.0.1:0", "--tls-certificate", _folder["tls.crt"], "--tls-key", _folder["tls.key"]);
    }

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        _authority.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Commands_WithTheAuthorityInTheConfiguration_UploadAndDownload()
    {
        byte[] content = RandomNumberGenerator.GetBytes(3_000_000);
        await File.WriteAllBytesAsync(_folder["file"], content, TestContext.Current.CancellationToken);
        WriteConfig("slapos.cfg", "shacache-ca-file = ca.pem\nshadir-ca-file = ca.pem".Replace("ca.pem", _folder["ca.pem"], StringComparison.Ordinal));
        WriteConfig("without.cfg", "");

        ProgramResult upload = (await RunAsync("upload", "-c", "slapos.cfg", "-f", "file", "-k", "tls")).AssertDone();
        ProgramResult download = (await RunAsync("download", "-c", "slapos.cfg", "-k", "tls")).AssertDone();
        ProgramResult untrusted = await RunAsync("upload", "-c", "without.cfg", "-f", "file", "-k", "tls");

        Assert.Equal($"{Digest.Compute(content)}\n", upload.Text);
        Assert.Equal(content, download.Output);
        Assert.NotEqual(0, untrusted.ExitCode);
    }

    [Fact]
    public async Task PythonHttpClient_OneConnectionPerRequestOverTls12_UploadsAndDownloads()
    {
        ExternalPrograms.Require("python3");
        await File.WriteAllTextAsync(_folder["client.py"], """
            import hashlib, http.client, os, ssl, sys
            context = ssl.create_default_context(cafile='ca.pem')
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            def request(method, path, body=None):
                connection = http.client.HTTPSConnection('127.0.0.1', int(sys.argv[1]), timeout=20, context=context)
                connection.request(method, path, body, {'Connection': 'close', 'Content-Type': 'application/octet-stream'} if body else {})
                assert connection.sock.version() == 'TLSv1.2', connection.sock.version()
                answer = connection.getresponse()
                data = answer.read()
                connection.close()
                return answer.status, data
            body = os.urandom(2000000)
            digest = hashlib.sha512(body).hexdigest()
            assert request('POST', '/shacache', body) == (201, digest.encode())
            assert request('GET', '/shacache/' + digest) == (200, body)
            assert request('GET', '/shacache/x')[0] == 404
            print('done')
            """, TestContext.Current.CancellationToken);

        Assert.Equal("done\n", (await ShacacheProgram.RunBashAsync(_folder.Path, $"python3 client.py {_server.Url.Port}")).AssertDone().Text);
    }

    [Theory]
    [InlineData("--http1.1 -H 'Connection: close'", "1.1")]
    [InlineData("--http2", "2")]
    [InlineData("--tls-max 1.2", "2")]
    public async Task Curl_EitherVersion_UploadsAndDownloads(string options, string version)
    {
        ExternalPrograms.Require("curl");
        await File.WriteAllBytesAsync(_folder["file"], RandomNumberGenerator.GetBytes(2_000_000), TestContext.Current.CancellationToken);
        string url = $"https://127.0.0.1:{_server.Url.Port}/shacache";

        ProgramResult result = await ShacacheProgram.RunBashAsync(
            _folder.Path,
            $$"""
            set -e
            digest=$(curl -sSf --noproxy '*' --cacert ca.pem {{options}} --data-binary @file {{url}})
            curl -sSf --noproxy '*' --cacert ca.pem {{options}} -o copy -w '%{http_version}' {{url}}/$digest
            cmp file copy
            """);

        Assert.Equal(version, result.AssertDone().Text);
    }

    [Fact]
    public async Task Hangup_FilesReplaced_AreReadAnewAndABadPairLeavesTheOldOne()
    {
        Assert.Contains("CN=first", await _server.WaitForLineAsync("TLS certificate"), StringComparison.Ordinal);
        _authority.WritePair("second", _folder["tls.crt"], _folder["tls.key"]);
        await _server.SignalAsync("HUP");
        Assert.Contains("CN=second", await _server.WaitForLineAsync("TLS certificate"), StringComparison.Ordinal);

        await File.WriteAllTextAsync(_folder["tls.key"], "", TestContext.Current.CancellationToken);
        await _server.SignalAsync("HUP");
        Assert.Contains("holds no private key", await _server.WaitForLineAsync("the old one stays"), StringComparison.Ordinal);
        (await ShacacheProgram.RunBashAsync(_folder.Path, $"curl -sSf --noproxy '*' --cacert ca.pem https://127.0.0.1:{_server.Url.Port}/healthz")).AssertDone();
    }

    private Task<ProgramResult> RunAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, arguments);

    private void WriteConfig(string name, string more)
    {
        string url = _server.Url.GetLeftPart(UriPartial.Authority);
        if (!File.Exists(_folder["signature.key"]))
        {
            using RSA key = RSA.Create(2048);
            TestAuthority.WriteKey(_folder["signature.key"], key.ExportPkcs8PrivateKeyPem());
            var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
                "CN=builder", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            File.WriteAllText(_folder["signature.cert"], certificate.ExportCertificatePem());
        }

        File.WriteAllText(_folder[name], $"""
            [networkcache]
            download-cache-url = {url}/shacache
            download-dir-url = {url}/shadir
            upload-cache-url = {url}/shacache
            upload-dir-url = {url}/shadir
            signature-private-key-file = {_folder["signature.key"]}
            {more}
            signature-certificate-list =
              {File.ReadAllText(_folder["signature.cert"]).ReplaceLineEndings("\n  ")}
            """);
    }
}
