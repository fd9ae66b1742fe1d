using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shacache.Blobs.FileSystem;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Core.Upstreams;
using Shacache.Database.Sqlite;
using Shacache.Testing;
using Shacache.Testing.Tls;
using Shacache.Testing.Upstreams;

namespace Shacache.Tests.Serving;

/// <summary>A server with upstreams as an operator starts it: options, sections of the file, secrets in files, an authority of the site's own.</summary>
public sealed class UpstreamProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(300_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_TwoUpstreamOptions_BothAreAsked()
    {
        await using ScriptedUpstream first = ScriptedUpstream.Serving();
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0",
            "--upstream", first.CacheUrl.AbsoluteUri, first.DirectoryUrl.AbsoluteUri,
            "--upstream", second.CacheUrl.AbsoluteUri, second.DirectoryUrl.AbsoluteUri);
        using var client = new HttpClient { BaseAddress = server.Url };

        using HttpResponseMessage answer = await client.GetAsync(new Uri($"/shacache/{Digest.Compute(_content)}", UriKind.Relative), Token);

        Assert.Equal(_content, await answer.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(second.CacheUrl.Authority, Assert.Single(answer.Headers.GetValues("X-Cache-Upstream")));
        Assert.Single(first.Requests);
        Assert.Empty(Directory.EnumerateFiles(_folder["data", "upstream"]));
    }

    [Theory]
    [InlineData("token-file = {0}", "Bearer s3cret")]
    [InlineData("user = me\npassword-file = {0}", "Basic bWU6czNjcmV0")]
    public async Task Serve_SectionWithCredentials_TheyGoToThatUpstream_AndNotToWhereItRedirects(string lines, string expected)
    {
        await using ScriptedUpstream other = ScriptedUpstream.Serving(_content);
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(307, $"Location: {other.CacheUrl}/{Digest.Compute(_content)}\r\n"));
        File.WriteAllText(_folder["secret"], "s3cret\n");
        using ServerProcess server = await StartAsync(upstream.CacheUrl, upstream.DirectoryUrl, string.Format(lines, _folder["secret"]));
        using var client = new HttpClient { BaseAddress = server.Url };

        byte[] body = await client.GetByteArrayAsync(new Uri($"/shacache/{Digest.Compute(_content)}", UriKind.Relative), Token);

        Assert.Equal(_content, body);
        Assert.Equal(expected, Assert.Single(upstream.Requests).Headers["Authorization"]);
        Assert.DoesNotContain("Authorization", Assert.Single(other.Requests).Headers.Keys);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Serve_UpstreamOverTls_IsTrustedOnlyByTheAuthorityOfItsSection(bool isNamed)
    {
        using var authority = new TestAuthority();
        authority.WritePair("upstream", _folder["tls.crt"], _folder["tls.key"]);
        File.WriteAllText(_folder["ca.pem"], authority.RootPem);
        using ServerProcess upstream = await ServerProcess.StartAsync(
            "serve", "--data", _folder["far"], "--listen", "https://127.0.0.1:0", "--tls-certificate", _folder["tls.crt"], "--tls-key", _folder["tls.key"]);
        using ServerProcess server = await StartAsync(
            new Uri(upstream.Url, "/shacache"), new Uri(upstream.Url, "/shadir"), isNamed ? $"ca-file = {_folder["ca.pem"]}" : "");
        using var client = new HttpClient { BaseAddress = server.Url };

        using HttpResponseMessage answer = await client.GetAsync(new Uri($"/shacache/{Digest.Compute(_content)}", UriKind.Relative), Token);

        // It has nothing, and says so to clients that it can talk to.
        Assert.Equal(isNamed ? 404 : 502, (int)answer.StatusCode);
    }

    /// <summary>As it is after the clock was ahead while an upload was sent in vain.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Serve_QueuedUploadIsDueDaysAhead_IsSent_AndTheServerRunsOn(int days)
    {
        using ServerProcess upstream = await ServerProcess.StartAsync("serve", "--data", _folder["far"], "--listen", "http://127.0.0.1:0");
        var digest = Digest.Compute(_content);
        Directory.CreateDirectory(_folder["data"]);
        using (var store = FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = _folder["data"] }))
            await ((IBlobStore)store).StoreAsync(digest, _content, Token);
        await using (SqliteDatabase database = await SqliteDatabase.OpenAsync(Path.Join(_folder["data"], "shacache.sqlite"), TimeProvider.System, Token))
        {
            await database.Forwards.AddAsync(["far"], digest, Token);
            await using IForwardTurn turn = (await database.Forwards.TryTakeTurnAsync("far", Token))!;
            ForwardItem item = (await turn.FindNextAsync(TimeSpan.FromDays(1000), Token))!;
            await turn.PostponeAsync(item, DateTimeOffset.UtcNow + TimeSpan.FromDays(days), "The upstream answered 503.", Token);
        }

        using ServerProcess server = await StartAsync(new Uri(upstream.Url, "/shacache"), new Uri(upstream.Url, "/shadir"), "forward = true");
        using var client = new HttpClient { BaseAddress = upstream.Url };
        HttpStatusCode status;
        do
        {
            await Task.Delay(100, Token);
            using HttpResponseMessage answer = await client.GetAsync(new Uri($"/shacache/{digest}", UriKind.Relative), Token);
            status = answer.StatusCode;
        }
        while (status == HttpStatusCode.NotFound);

        Assert.Equal(HttpStatusCode.OK, status);
        await server.TerminateAsync();
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task Serve_UpstreamThatRedirectsFromHttpsToHttp_IsFollowedForContentAndNotForListings()
    {
        using var authority = new TestAuthority();
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = authority.Issue(key, "upstream");
        await using var secure = new OriginSite(certificate.CopyWithPrivateKey(key), IPAddress.Loopback);
        await using var plain = new OriginSite(address: IPAddress.Loopback);
        await secure.StartAsync(Token);
        await plain.StartAsync(Token);
        var digest = Digest.Compute(_content);
        string entry = $$"""{\"sha512\": \"{{digest}}\"}""";
        secure.Redirect($"c/{digest}", plain.Publish("content", _content));
        secure.Redirect("d/some-key", plain.Publish("listing", Encoding.UTF8.GetBytes($"[[\"{entry}\", \"\"]]")));
        File.WriteAllText(_folder["ca.pem"], authority.RootPem + authority.IntermediatePem);
        using ServerProcess server = await StartAsync(new Uri($"{secure.Url}/c"), new Uri($"{secure.Url}/d"), $"ca-file = {_folder["ca.pem"]}");
        using var client = new HttpClient { BaseAddress = server.Url };

        using HttpResponseMessage listing = await client.GetAsync(new Uri("/shadir/some-key", UriKind.Relative), Token);
        Assert.False(listing.IsSuccessStatusCode);
        Assert.Equal(0, plain.RequestCount);

        Assert.Equal(_content, await client.GetByteArrayAsync(new Uri($"/shacache/{digest}", UriKind.Relative), Token));
        Assert.Equal(1, plain.RequestCount);
    }

    [Theory]
    [InlineData("token-file")]
    [InlineData("ca-file")]
    [InlineData("cert-file")]
    public async Task Serve_FileThatCannotBeUsed_Exits78AndSaysWhich(string key)
    {
        File.WriteAllText(_folder["empty"], "");
        File.WriteAllText(_folder["s.ini"], $"[upstream far]\ncache-url = http://a.example/c\ndir-url = http://a.example/d\n{key} = {_folder["empty"]}\n");

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0", "--config", _folder["s.ini"]);

        Assert.Equal(78, exitCode);
        Assert.Contains($"{key} of [upstream far]", error, StringComparison.Ordinal);
    }

    private Task<ServerProcess> StartAsync(Uri cache, Uri directory, string lines)
    {
        File.WriteAllText(_folder["s.ini"], $"[upstream far]\ncache-url = {cache}\ndir-url = {directory}\n{lines}\n");
        return ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0", "--config", _folder["s.ini"]);
    }
}
