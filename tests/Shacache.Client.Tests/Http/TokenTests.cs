using System.Net;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;
using Shacache.Core.Entries;
using Shacache.Testing;

namespace Shacache.Client.Tests.Http;

/// <summary>The token of an account goes to the upload servers only; what servers say about accounts is told.</summary>
public sealed class TokenTests : IDisposable
{
    private const string Secret = "shacache_abcDEF123-_";
    private static readonly byte[] Bytes = Content.Random(10_000);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAndDownload_TokenFile_GoesWithUploadsOnly()
    {
        var cache = new FakeCache();
        await using var upload = new ScriptedServer(cache.AnswerAsync);
        await using var download = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = Client(WriteToken($"{Secret}\n"), upload.Url, download.Url);
        CancellationToken token = TestContext.Current.CancellationToken;

        UploadResult result = await client.Client.UploadAsync(new MemoryStream(Bytes), null, token);
        await client.Client.IndexAsync(EntryKey.Create("k"), result.Digest, null, token);
        await client.Client.SelectAsync(EntryKey.Create("k"), token);
        await client.Client.DownloadAsync(result.Digest, new MemoryStream(), null, token);

        Assert.All(upload.Headers, headers => Assert.Equal($"Bearer {Secret}", headers.GetValueOrDefault("Authorization")));
        Assert.Equal(["HEAD", "POST", "GET", "PUT"], upload.Requests.Select(request => request.Split(' ')[0]));
        Assert.All(download.Headers, headers => Assert.DoesNotContain("Authorization", headers.Keys));
        Assert.NotEmpty(download.Headers);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Download_FromTheServerThatIsUploadedTo_TokenGoesAlong()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = Client(WriteToken(Secret), server.Url, server.Url);
        CancellationToken token = TestContext.Current.CancellationToken;

        UploadResult result = await client.Client.UploadAsync(new MemoryStream(Bytes), null, token);
        await client.Client.DownloadAsync(result.Digest, new MemoryStream(), null, token);

        Assert.All(server.Headers, headers => Assert.Equal($"Bearer {Secret}", headers.GetValueOrDefault("Authorization")));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Download_TokenThatCannotBeRead_IsNoObstacle()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient first = Client(WriteToken(Secret), server.Url, server.Url);
        UploadResult result = await first.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);
        using TestClient client = Client(_folder["missing"], server.Url, server.Url);

        await client.Client.DownloadAsync(result.Digest, new MemoryStream(), null, TestContext.Current.CancellationToken);

        Assert.DoesNotContain("Authorization", server.Headers.Last().Keys);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_UserAndPasswordInTheUrl_CountMore()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = Client(WriteToken(Secret), server.Url.Replace("http://", "http://build-1:secret@", StringComparison.Ordinal), server.Url);

        await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);

        Assert.All(server.Headers, headers => Assert.Equal("Basic YnVpbGQtMTpzZWNyZXQ=", headers["Authorization"]));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_PlainHttpToAnotherMachine_IsNotSent()
    {
        using TestClient client = Client(WriteToken(Secret), "http://cache.example", "http://cache.example");

        NetworkCacheConfigurationException e = await Assert.ThrowsAsync<NetworkCacheConfigurationException>(
            () => client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken));

        Assert.Equal("A token is not sent to http://cache.example/: everybody on the way could read it. Use the server's https URL.", e.Message);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("café")]
    public async Task UploadAsync_NoTokenInTheFile_IsAConfigurationErrorWithoutItsText(string content)
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(500, ""));
        string path = WriteToken(content);
        using TestClient client = Client(path, server.Url, server.Url);

        NetworkCacheConfigurationException e = await Assert.ThrowsAsync<NetworkCacheConfigurationException>(
            () => client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken));

        Assert.Equal($"{path}, which upload-token-file names, cannot be used: it holds no token, which is one word of letters, digits and signs", e.Message);
        Assert.Empty(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_RedirectedToAnotherServer_TakesNoTokenAlong()
    {
        var cache = new FakeCache();
        await using var other = new ScriptedServer(cache.AnswerAsync);
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(307, "", $"Location: {other.Url}{exchange.Target}"));
        using TestClient client = Client(WriteToken(Secret), server.Url, server.Url);

        await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);

        Assert.All(server.Headers, headers => Assert.Equal($"Bearer {Secret}", headers["Authorization"]));
        Assert.All(other.Headers, headers => Assert.DoesNotContain("Authorization", headers.Keys));
        Assert.NotEmpty(other.Headers);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(401, "(The token has expired.); check the credentials of this machine: the client certificate, the token, or user and password in the URL.")]
    [InlineData(403, "(The token has expired.); its operator decides what this machine may do.")]
    public async Task UploadAsync_Refused_TellsTheServersLineAndWhatToDo(int status, string end)
    {
        await using var server = new ScriptedServer(
            exchange => exchange.AnswerAsync(exchange.Method == "HEAD" ? 404 : status, "The token has expired.", "Content-Type: text/plain; charset=utf-8"));
        using TestClient client = Client(WriteToken(Secret), server.Url, server.Url);

        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(
            () => client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken));

        Assert.EndsWith(end, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode)status, e.StatusCode);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_TooManyRequests_WaitsAsLongAsAsked()
    {
        var cache = new FakeCache();
        int posts = 0;
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method != "POST" || ++posts > 1)
            {
                await cache.AnswerAsync(exchange);
                return;
            }

            await exchange.ReadBodyAsync();
            await exchange.AnswerAsync(429, "Slow down.", "Content-Type: text/plain", "Retry-After: 9");
        });
        var time = new ImmediateTimeProvider(TimeSpan.FromSeconds(9));
        using var client = new TestClient(null, time, server.Url);

        await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);

        Assert.Equal(1, time.ImmediateTimers);
        Assert.Contains("(Slow down.); it asks to be left alone for 9 s; attempt 2 of 5 follows in 9.0 s", Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_QuotaUntilMidnight_IsNotWaitedFor()
    {
        await using var server = new ScriptedServer(exchange => exchange.Method == "HEAD"
            ? exchange.AnswerAsync(404, "")
            : exchange.AnswerAsync(429, "The bytes of the day are used up.", "Content-Type: text/plain\r\nRetry-After: 30000"));
        using TestClient client = TestClient.For(server);

        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken));

        Assert.Contains("(The bytes of the day are used up.); it asks to be left alone for 8.3 h", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    private string WriteToken(string content)
    {
        File.WriteAllText(_folder["token"], content);
        return _folder["token"];
    }

    private static TestClient Client(string tokenFile, string upload, string download) => new(options => options with
    {
        UploadTokenFile = tokenFile,
        Servers = new CacheServers
        {
            DownloadCache = CacheUrl.ParseList(download),
            DownloadDirectory = CacheUrl.ParseList(download),
            UploadCache = CacheUrl.ParseList(upload),
            UploadDirectory = CacheUrl.ParseList(upload),
        },
    });
}
