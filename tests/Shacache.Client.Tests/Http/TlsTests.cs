using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing;

namespace Shacache.Client.Tests.Http;

public sealed class TlsTests : IDisposable
{
    private static readonly byte[] Bytes = Content.Random(10_000);
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = new("Site CA");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadIndexSelectDownload_ClientCertificateAndOwnAuthority_Work()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync, _authority.ServerOptions());
        TlsFiles files = ClientFiles("uploader");
        using TestClient client = TestClient.For(options => options with { CacheTls = files, DirectoryTls = files }, server);
        CancellationToken token = TestContext.Current.CancellationToken;

        UploadResult result = await client.Client.UploadAsync(new MemoryStream(Bytes), null, token);
        await client.Client.IndexAsync(EntryKey.Create("k"), result.Digest, null, token);
        SelectedEntry entry = Assert.Single(await client.Client.SelectAsync(EntryKey.Create("k"), token));
        var destination = new MemoryStream();
        await client.Client.DownloadAsync(entry.Entry.Digest, destination, null, token);

        Assert.Equal(Bytes, destination.ToArray());
        Assert.Empty(client.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_KeyInTheCertificateFile_IsFound()
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes), _authority.ServerOptions());
        TlsFiles files = ClientFiles("uploader");
        File.AppendAllText(files.CertificateFile!, "\n" + File.ReadAllText(files.KeyFile!));
        using TestClient client = TestClient.For(options => options with { CacheTls = files with { KeyFile = null } }, server);
        await client.Client.DownloadAsync(Content.DigestOf(Bytes), new MemoryStream(), null, TestContext.Current.CancellationToken);
        Assert.Single(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_UnknownAuthority_IsRefusedWithoutRetry()
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes), _authority.ServerOptions(requireClient: false));
        using TestClient client = TestClient.For(server);
        NetworkCacheUnavailableException e = await Fails(client);
        Assert.Contains("TLS failed: ", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.ConnectionCount);
        Assert.Empty(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_CertificateOfAnotherHost_IsRefused()
    {
        await using var server = new ScriptedServer(
            exchange => Content.ServeAsync(exchange, Bytes), _authority.ServerOptions(requireClient: false, host: "cache.example.org"));
        using TestClient client = TestClient.For(options => options with { CacheTls = new TlsFiles { AuthorityFile = ClientFiles("x").AuthorityFile } }, server);
        Assert.Contains("TLS failed: ", (await Fails(client)).Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_NoClientCertificate_IsUnavailable()
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes), _authority.ServerOptions());
        using TestClient client = TestClient.For(
            options => options with { MaxRetries = 0, CacheTls = new TlsFiles { AuthorityFile = ClientFiles("x").AuthorityFile } }, server);
        await Fails(client);
        Assert.Empty(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_HostThatIsNoUploadServer_GetsNoCertificate()
    {
        bool sawCertificate = false;
        var tls = _authority.ServerOptions(requireClient: false);
        tls.RemoteCertificateValidationCallback = (_, certificate, _, _) => (sawCertificate |= certificate is not null) || true;
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes), tls);
        using TestClient client = TestClient.For(
            options => options with
            {
                CacheTls = ClientFiles("uploader"),
                Servers = options.Servers with { UploadCache = [CacheUrl.Parse("https://upload.example.org/")] },
            },
            server);
        Assert.Contains("TLS failed: ", (await Fails(client)).Message, StringComparison.Ordinal);
        Assert.False(sawCertificate);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("cert")]
    [InlineData("key")]
    [InlineData("ca")]
    public async Task DownloadAsync_UnusableFile_NamesTheOption(string which)
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes), _authority.ServerOptions());
        TlsFiles files = ClientFiles("uploader");
        string bad = _folder["bad.pem"];
        File.WriteAllText(bad, "nothing");
        files = which switch
        {
            "cert" => files with { CertificateFile = bad },
            "key" => files with { KeyFile = bad },
            _ => files with { AuthorityFile = bad },
        };
        using TestClient client = TestClient.For(options => options with { CacheTls = files }, server);
        NetworkCacheConfigurationException e = await Assert.ThrowsAsync<NetworkCacheConfigurationException>(
            () => client.Client.DownloadAsync(Digest.Empty, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Equal($"shacache-{which}-file", e.Option);
        Assert.StartsWith($"{bad}, which shacache-{which}-file of section [networkcache] names, cannot be used: ", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_RedirectedToHttpWithCredentials_IsNotFollowed()
    {
        await using var plain = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        await using var server = new ScriptedServer(
            exchange => exchange.AnswerAsync(302, "", $"Location: {plain.Url}/x"), _authority.ServerOptions(requireClient: false));
        using var client = new TestClient(
            options => options with { CacheTls = new TlsFiles { AuthorityFile = ClientFiles("x").AuthorityFile } },
            null, server.Url.Replace("://", "://user:secret@", StringComparison.Ordinal));
        NetworkCacheUnavailableException e = await Fails(client);
        Assert.Contains("redirects from https to http", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
        Assert.Empty(plain.Requests);
    }

    private static async Task<NetworkCacheUnavailableException> Fails(TestClient client) =>
        await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.DownloadAsync(Digest.Empty, new MemoryStream(), null, TestContext.Current.CancellationToken));

    private TlsFiles ClientFiles(string name)
    {
        using X509Certificate2 certificate = _authority.Issue(name);
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(_folder["client.crt"], certificate.ExportCertificatePem());
        File.WriteAllText(_folder["client.key"], key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(_folder["ca.crt"], _authority.Pem);
        return new TlsFiles
        {
            CertificateFile = _folder["client.crt"],
            KeyFile = _folder["client.key"],
            AuthorityFile = _folder["ca.crt"],
        };
    }
}
