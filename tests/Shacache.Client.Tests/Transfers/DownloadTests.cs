using System.Net;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Transfers;

public sealed class DownloadTests
{
    private static readonly byte[] Bytes = Content.Random(300_000);
    private static readonly Digest Name = Content.DigestOf(Bytes);

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_Served_WritesAllAndReportsProgress()
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        using TestClient client = TestClient.For(server);
        List<TransferProgress> progress = [];
        var destination = new MemoryStream();

        DownloadResult result = await client.Client.DownloadAsync(Name, destination, new Listener(progress.Add), TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, destination.ToArray());
        Assert.Equal(new DownloadResult(Name, Bytes.Length, new Uri(server.Url)), result);
        Assert.Equal([$"GET /{Name}"], server.Requests);
        Assert.Equal(new TransferProgress(TransferStage.Downloading, Bytes.Length, Bytes.Length), progress[^1]);
        Assert.Empty(client.Warnings);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("/~a/%2Db/%7E%c3%a9//c/../d", "/~a/%2Db/%7E%c3%a9//c/../d")]
    [InlineData("/%2e%2e/cache/", "/%2e%2e/cache")]
    [InlineData("//", "")]
    public async Task DownloadAsync_BaseUrl_IsAskedForAsGiven(string path, string asked)
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        using var client = new TestClient(urls: server.Url + path);
        await client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken);
        Assert.Equal([$"GET {asked}/{Name}"], server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_EmptyContent_WritesNothing()
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, []));
        using TestClient client = TestClient.For(server);
        DownloadResult result = await client.Client.DownloadAsync(Digest.Empty, new MemoryStream(), null, TestContext.Current.CancellationToken);
        Assert.Equal(0, result.LengthBytes);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_BrokenTransfer_ResumesWithRangeAndTag()
    {
        await using var server = new ScriptedServer(exchange => exchange.Number switch
        {
            1 => Content.ServeBrokenAsync(exchange, Bytes, 100_000, "Accept-Ranges: bytes", "ETag: \"tag\""),
            _ => Content.ServeAsync(exchange, Bytes),
        });
        using TestClient client = TestClient.For(server);
        var destination = new NonSeekableStream();

        await client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, destination.Written);
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal("bytes=100000-", server.Headers.Last()["Range"]);
        Assert.Equal("\"tag\"", server.Headers.Last()["If-Range"]);
        Assert.Contains("attempt 2 of 5", Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DownloadAsync_BrokenWithoutAcceptRanges_BeginsAnew(bool seekable)
    {
        await using var server = new ScriptedServer(exchange => exchange.Number switch
        {
            1 => Content.ServeBrokenAsync(exchange, Bytes, 100_000),
            _ => exchange.AnswerAsync(200, Bytes),
        });
        using TestClient client = TestClient.For(server);
        var memory = new MemoryStream();
        var pipe = new NonSeekableStream();

        await client.Client.DownloadAsync(Name, seekable ? memory : pipe, null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, seekable ? memory.ToArray() : pipe.Written);
        Assert.DoesNotContain(server.Headers, headers => headers.ContainsKey("Range"));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DownloadAsync_ServerIgnoresRange_StillGetsAllBytes(bool seekable)
    {
        await using var server = new ScriptedServer(exchange => exchange.Number switch
        {
            1 => Content.ServeBrokenAsync(exchange, Bytes, 200_000, "Accept-Ranges: bytes"),
            _ => exchange.AnswerAsync(200, Bytes),
        });
        using TestClient client = TestClient.For(server);
        var memory = new MemoryStream();
        var pipe = new NonSeekableStream();

        await client.Client.DownloadAsync(Name, seekable ? memory : pipe, null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, seekable ? memory.ToArray() : pipe.Written);
        Assert.Equal("bytes=200000-", server.Headers.Last()["Range"]);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\nContent-Range: bytes 5-299999/300000\r\n\r\n")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\nContent-Range: bytes 100000-199999/200000\r\n\r\n")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n\r\n")]
    public async Task DownloadAsync_WrongAnswerToRange_BeginsAnew(string answer)
    {
        await using var server = new ScriptedServer(exchange => exchange.Number switch
        {
            1 => Content.ServeBrokenAsync(exchange, Bytes, 100_000, "Accept-Ranges: bytes"),
            2 => exchange.WriteAsync(answer),
            _ => exchange.AnswerAsync(200, Bytes),
        });
        using TestClient client = TestClient.For(server);
        var destination = new MemoryStream();

        await client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, destination.ToArray());
        Assert.Equal(3, server.Requests.Count);
        Assert.False(server.Headers.Last().ContainsKey("Range"));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_DrippedByteByByte_Arrives()
    {
        byte[] content = Content.Random(300);
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {content.Length}\r\n\r\n");
            for (int i = 0; i < content.Length; i++)
                await exchange.WriteAsync(content.AsMemory(i, 1));
        });
        using TestClient client = TestClient.For(server);
        var destination = new MemoryStream();
        await client.Client.DownloadAsync(Content.DigestOf(content), destination, null, TestContext.Current.CancellationToken);
        Assert.Equal(content, destination.ToArray());
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_WrongBytes_TakesTheNextServer()
    {
        byte[] longer = Content.Random(400_000, seed: 2);
        await using var liar = new ScriptedServer(exchange => Content.ServeAsync(exchange, longer));
        await using var honest = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        using TestClient client = TestClient.For(liar, honest);
        var destination = new MemoryStream();
        destination.Write([1, 2, 3]);

        DownloadResult result = await client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken);

        Assert.Equal([1, 2, 3, .. Bytes], destination.ToArray());
        Assert.Equal(new Uri(honest.Url), result.Server);
        Assert.Contains(Content.DigestOf(longer).ToString(), Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_WrongBytesEverywhere_ThrowsAndTakesThemBack()
    {
        byte[] other = Content.Random(1000, seed: 2);
        await using var liar = new ScriptedServer(exchange => Content.ServeAsync(exchange, other));
        await using var lacks = new ScriptedServer(exchange => exchange.AnswerAsync(404, "unknown\n"));
        using TestClient client = TestClient.For(liar, lacks);
        var destination = new MemoryStream();

        DigestMismatchException e = await Assert.ThrowsAsync<DigestMismatchException>(
            () => client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken));

        Assert.Equal((Name, Content.DigestOf(other)), (e.Expected, e.Actual));
        Assert.Equal(0, destination.Length);
        Assert.Single(liar.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_WrongBytesIntoPipe_ThrowsAtTheEnd()
    {
        byte[] other = Content.Random(1000, seed: 2);
        await using var liar = new ScriptedServer(exchange => Content.ServeAsync(exchange, other));
        await using var honest = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        using TestClient client = TestClient.For(liar, honest);

        DigestMismatchException e = await Assert.ThrowsAsync<DigestMismatchException>(
            () => client.Client.DownloadAsync(Name, new NonSeekableStream(), null, TestContext.Current.CancellationToken));

        Assert.Contains("throw them away", e.Message, StringComparison.Ordinal);
        Assert.Empty(honest.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_NowhereStored_SaysWhere()
    {
        await using var first = new ScriptedServer(exchange => exchange.AnswerAsync(404, "no such content\n"));
        await using var second = new ScriptedServer(exchange => exchange.AnswerAsync(404));
        using TestClient client = TestClient.For(first, second);

        ContentNotFoundException e = await Assert.ThrowsAsync<ContentNotFoundException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));

        Assert.Equal(Name, e.Digest);
        Assert.Contains($"GET {first.Url}/{Name}: the server answered 404 Status (no such content)", e.Message, StringComparison.Ordinal);
        Assert.Contains(second.Url, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_ServerErrorThenFine_Retries()
    {
        await using var server = new ScriptedServer(exchange => exchange.Number < 4 ? exchange.AnswerAsync(503) : Content.ServeAsync(exchange, Bytes));
        using TestClient client = TestClient.For(server);
        var destination = new MemoryStream();
        await client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken);
        Assert.Equal(Bytes, destination.ToArray());
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(500, 3)]
    [InlineData(502, 3)]
    [InlineData(429, 3)]
    public async Task DownloadAsync_ServerStaysDown_GivesUpAfterTheRetries(int status, int requests)
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(status, "busy"));
        using TestClient client = TestClient.For(options => options with { MaxRetries = 2 }, server);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Equal(requests, server.Requests.Count);
        Assert.Contains($"{status} Status (busy)", e.Message, StringComparison.Ordinal);
        Assert.Contains("Try again later", e.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(501)]
    public async Task DownloadAsync_Refused_IsNotRepeated(int status)
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(status));
        using TestClient client = TestClient.For(server);
        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Equal((HttpStatusCode)status, e.StatusCode);
        Assert.Single(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_FirstServerDead_TakesTheNext()
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        using var client = new TestClient(options => options with { MaxRetries = 1 }, null, "http://127.0.0.1:1", server.Url);
        var destination = new MemoryStream();
        await client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken);
        Assert.Equal(Bytes, destination.ToArray());
        Assert.Contains("the next server is asked", client.Warnings.Last(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_RetryAfter_IsHonoured()
    {
        await using var server = new ScriptedServer(
            exchange => exchange.Number == 1 ? exchange.AnswerAsync(503, "", "Retry-After: 7") : Content.ServeAsync(exchange, Bytes));
        var time = new ImmediateTimeProvider(TimeSpan.FromSeconds(7));
        using var client = new TestClient(null, time, server.Url);
        await client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken);
        Assert.Equal(1, time.ImmediateTimers);
        Assert.Contains("follows in 7.0 s", Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_RetryAfterTooLong_IsCut()
    {
        await using var server = new ScriptedServer(
            exchange => exchange.Number == 1 ? exchange.AnswerAsync(503, "", "Retry-After: 86400") : Content.ServeAsync(exchange, Bytes));
        using TestClient client = TestClient.For(options => options with { MaxRetryDelay = TimeSpan.FromMilliseconds(20) }, server);
        await client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_LargerThanAllowed_IsRefusedBeforeAndWhileItComes()
    {
        await using var honest = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        await using var endless = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while (true)
                await exchange.WriteAsync(Bytes);
        });
        using TestClient client = TestClient.For(options => options with { MaxContentBytes = 299_999 }, honest, endless);
        var destination = new MemoryStream();
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken));
        Assert.Contains("larger than the 299999 bytes", e.Message, StringComparison.Ordinal);
        Assert.InRange(destination.Length, 0, 299_999);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_NoServerConfigured_NamesTheOption()
    {
        using var client = new TestClient();
        NetworkCacheConfigurationException e = await Assert.ThrowsAsync<NetworkCacheConfigurationException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Equal("download-cache-url", e.Option);
    }

    private sealed class Listener(Action<TransferProgress> report) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => report(value);
    }
}
