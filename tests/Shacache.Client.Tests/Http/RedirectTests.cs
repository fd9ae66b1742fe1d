using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Http;

public sealed class RedirectTests
{
    private static readonly byte[] Bytes = Content.Random(10_000);
    private static readonly Digest Name = Content.DigestOf(Bytes);

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task DownloadAsync_RedirectedElsewhere_FollowsWithoutThePassword(int status)
    {
        await using var target = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        await using var server = new ScriptedServer(exchange => exchange.Target.EndsWith("/here", StringComparison.Ordinal)
            ? exchange.AnswerAsync(status, "", $"Location: {target.Url}/there")
            : exchange.AnswerAsync(status, "", "Location: here"));
        using var client = new TestClient(null, null, server.Url.Replace("://", "://user:p%40ss@", StringComparison.Ordinal) + "/base");

        await client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken);

        Assert.Equal([$"GET /base/{Name}", "GET /base/here"], server.Requests);
        Assert.All(server.Headers, headers => Assert.Equal("Basic " + Convert.ToBase64String("user:p@ss"u8), headers["Authorization"]));
        Assert.Equal(["GET /there"], target.Requests);
        Assert.False(Assert.Single(target.Headers).ContainsKey("Authorization"));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_RedirectedInCircles_Stops()
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(302, "", "Location: /round"));
        using TestClient client = TestClient.For(server);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Contains("redirected more than 5 times", e.Message, StringComparison.Ordinal);
        Assert.Equal(6, server.Requests.Count);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_RedirectedToAFile_IsNotFollowed()
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(302, "", "Location: file:///etc/passwd"));
        using TestClient client = TestClient.For(server);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Contains("redirects to file, which is neither http nor https", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_RedirectedPermanently_SendsTheBodyThere()
    {
        var cache = new FakeCache();
        await using var target = new ScriptedServer(cache.AnswerAsync);
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method == "POST")
                await exchange.ReadBodyAsync();
            await exchange.AnswerAsync(308, "", $"Location: {target.Url}{exchange.Target}");
        });
        using TestClient client = TestClient.For(server);
        await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);
        Assert.Equal(Bytes, cache.Blobs[Name.ToString()]);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_Moved_NamesTheNewUrlInsteadOfLosingTheBody()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method == "POST")
                await exchange.ReadBodyAsync();
            await exchange.AnswerAsync(exchange.Method == "POST" ? 301 : 404, "", "Location: https://new.example.org/shacache");
        });
        using TestClient client = TestClient.For(server);
        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(
            () => client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken));
        Assert.Contains("put the URL it redirects to (https://new.example.org/shacache) into the configuration", e.Message, StringComparison.Ordinal);
    }
}
