using System.Net;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Client.Tests.Transfers;

public sealed class UploadTests
{
    private static readonly byte[] Bytes = Content.Random(3_000_000);
    private static readonly Digest Name = Content.DigestOf(Bytes);

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_048_575)]
    [InlineData(1_048_576)]
    [InlineData(3_000_000)]
    public async Task UploadAsync_NewContent_ArrivesWhole(int length)
    {
        byte[] bytes = Bytes[..length];
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = TestClient.For(server);
        List<TransferProgress> progress = [];

        UploadResult result = await client.Client.UploadAsync(
            new MemoryStream(bytes), new Listener(progress.Add), TestContext.Current.CancellationToken);

        Digest digest = Content.DigestOf(bytes);
        Assert.Equal(new UploadResult(digest, length, false, new Uri(server.Url)), result);
        Assert.Equal(bytes, cache.Blobs[digest.ToString()]);
        Assert.Equal([$"HEAD /{digest}", "POST /"], server.Requests);
        Assert.Equal(length.ToString(), server.Headers.Last()["Content-Length"]);
        if (length > 0)
        {
            Assert.Contains(new TransferProgress(TransferStage.Hashing, length, length), progress);
            Assert.Equal(new TransferProgress(TransferStage.Uploading, length, length), progress[^1]);
        }
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task UploadAsync_ServerCannotBeAskedFirst_IsSentWithoutAsking(bool hangsUp, int warnings)
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(async exchange =>
        {
            if (!exchange.Headers.ContainsKey("Expect"))
                await cache.AnswerAsync(exchange);
            else if (hangsUp)
                exchange.Close();
            else
                await exchange.AnswerAsync(417);
        });
        using TestClient client = TestClient.For(server);

        await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, cache.Blobs[Name.ToString()]);
        Assert.Equal("POST /", server.Requests.Last());
        Assert.True(server.Headers.SkipLast(1).Last(headers => headers.ContainsKey("Content-Length")).ContainsKey("Expect"), "It was not asked first.");
        Assert.Equal(warnings, client.Warnings.Count);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_FromAPosition_SendsTheRest()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = TestClient.For(server);
        UploadResult result = await client.Client.UploadAsync(new MemoryStream(Bytes) { Position = 10 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(Content.DigestOf(Bytes[10..]), result.Digest);
        Assert.Equal(Bytes[10..], cache.Blobs[result.Digest.ToString()]);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UploadAsync_AlreadyStored_IsNotSent(bool knowsHead)
    {
        var cache = new FakeCache { KnowsHead = knowsHead };
        cache.Blobs[Name.ToString()] = Bytes;
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = TestClient.For(server);

        UploadResult result = await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);

        Assert.True(result.AlreadyStored);
        Assert.Equal(knowsHead ? [$"HEAD /{Name}"] : [$"HEAD /{Name}", $"GET /{Name}"], server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_OnlyAnUpstreamHasIt_IsSent()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method == "POST")
                await exchange.AnswerAsync(201, (await exchange.ReadBodyAsync()).Digest.ToString());
            else
                await exchange.AnswerAsync(exchange.Header("Cache-Control") == "only-if-cached" ? 504 : 200, Bytes);
        });
        using TestClient client = TestClient.For(server);

        UploadResult result = await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);

        Assert.False(result.AlreadyStored);
        Assert.Equal([$"HEAD /{Name}", "POST /"], server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_HeadOfAnotherLength_SendsAnyway()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method == "HEAD")
                await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            else
                await exchange.AnswerAsync(201, (await exchange.ReadBodyAsync()).Digest.ToString());
        });
        using TestClient client = TestClient.For(server);
        UploadResult result = await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);
        Assert.False(result.AlreadyStored);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UploadAsync_WrongAnswer_Throws(bool isDigest)
    {
        Digest other = Content.DigestOf([1]);
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method != "POST")
            {
                await exchange.AnswerAsync(404);
                return;
            }

            await exchange.ReadBodyAsync();
            await exchange.AnswerAsync(201, isDigest ? other.ToString() : "<html>thanks\n</html>");
        });
        using TestClient client = TestClient.For(server);

        DigestMismatchException e = await Assert.ThrowsAsync<DigestMismatchException>(
            () => client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken));

        Assert.Equal((Name, isDigest ? other : null), (e.Expected, e.Actual));
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(401, "password")]
    [InlineData(413, "nothing so large")]
    [InlineData(507, "disk is full")]
    public async Task UploadAsync_RefusedBeforeTheBody_SaysWhatTheServerSaid(int status, string advice)
    {
        // A client that waited too long for consent sends its body all the same: it is read, as a reset might overtake the answer.
        await using var server = new ScriptedServer(
            exchange => exchange.AnswerAsync(exchange.Method == "POST" ? status : 404, "not you\n", "Connection: close"));
        using TestClient client = TestClient.For(server);

        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(
            () => client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken));

        Assert.Equal((HttpStatusCode)status, e.StatusCode);
        Assert.StartsWith($"POST {server.Url}/: the server answered {status} Status (not you)", e.Message, StringComparison.Ordinal);
        Assert.Contains(advice, e.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Requests.Count(request => request.StartsWith("POST", StringComparison.Ordinal)));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_SuccessOtherThanCreated_IsNotBelieved()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method == "POST")
                await exchange.ReadBodyAsync();
            await exchange.AnswerAsync(exchange.Method == "POST" ? 200 : 404, "log in first\n");
        });
        using TestClient client = TestClient.For(server);
        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(
            () => client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken));
        Assert.Contains("answered 200 Status (log in first)", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_ServerBreaksOff_SendsAllOfItAgain()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Number == 2)
            {
                await exchange.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n");
                await exchange.Stream.ReadExactlyAsync(new byte[500_000]);
                exchange.Close();
                return;
            }

            await cache.AnswerAsync(exchange);
        });
        using TestClient client = TestClient.For(server);

        await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, cache.Blobs[Name.ToString()]);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_ServerIgnoresExpectation_StillSends()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method == "HEAD")
            {
                await exchange.AnswerAsync(404);
                return;
            }

            byte[] body = new byte[Bytes.Length];
            await exchange.Stream.ReadExactlyAsync(body);
            await exchange.AnswerAsync(201, Content.DigestOf(body).ToString());
        });
        using TestClient client = TestClient.For(server);
        UploadResult result = await client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken);
        Assert.Equal(Name, result.Digest);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_SourceFails_ThrowsThatAndDoesNotRetry()
    {
        await using var server = new ScriptedServer(new FakeCache().AnswerAsync);
        using TestClient client = TestClient.For(server);
        var source = new FailingStream(Bytes, failAtSecondPass: true);
        IOException e = await Assert.ThrowsAsync<IOException>(() => client.Client.UploadAsync(source, null, TestContext.Current.CancellationToken));
        Assert.Equal("the disk is gone", e.Message);
        Assert.Equal(1, server.Requests.Count(request => request.StartsWith("POST", StringComparison.Ordinal)));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_StreamThatCannotSeek_IsRefused()
    {
        using var client = new TestClient(null, null, "http://127.0.0.1:1");
        await Assert.ThrowsAsync<ArgumentException>(
            () => client.Client.UploadAsync(new NonSeekableStream(), null, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadFileAsync_FirstServerDown_TakesTheNext()
    {
        var cache = new FakeCache();
        await using var down = new ScriptedServer(exchange => exchange.AnswerAsync(500, "", "Connection: close"));
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = TestClient.For(options => options with { MaxRetries = 1 }, down, server);
        using var folder = new TemporaryFolder();
        string path = folder["content"];
        await File.WriteAllBytesAsync(path, Bytes, TestContext.Current.CancellationToken);

        UploadResult result = await client.Client.UploadFileAsync(path, null, TestContext.Current.CancellationToken);

        Assert.Equal(new Uri(server.Url), result.Server);
        Assert.Equal(Bytes, cache.Blobs[Name.ToString()]);
    }

    private sealed class Listener(Action<TransferProgress> report) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => report(value);
    }
}
