namespace Shacache.Http.Tests.Connections;

/// <summary>What no HTTP client would send: each is refused with one line, and the connection closed.</summary>
public sealed class ProtocolErrorTests : IAsyncLifetime
{
    private const string Start = "POST /shacache HTTP/1.1\r\nHost: localhost\r\n";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await TestServer.StartAsync(kestrel: server => server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("GARBAGE\r\n\r\n", 400)]
    [InlineData("GET /shadir/a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET /shadir/\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/3.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n folded\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n", 408)]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n", 400)]
    [InlineData(Start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData(Start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400)]
    [InlineData(Start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400)]
    [InlineData(Start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400)]
    [InlineData(Start + "Content-Length: 5, 5\r\n\r\nhello", 400)]
    [InlineData(Start + "Content-Length: +5\r\n\r\nhello", 400)]
    [InlineData(Start + "Content-Length: -5\r\n\r\nhello", 400)]
    [InlineData(Start + "Content-Length: 99999999999999999999\r\n\r\nhello", 400)]
    [InlineData(Start + "Content-Length : 5\r\n\r\nhello", 400)]
    [InlineData(Start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData(Start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData(Start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("POST /shacache HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData(Start + "Transfer-Encoding: chunked\r\n\r\n5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", 400)]
    [InlineData(Start + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", 400)]
    [InlineData(Start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\n", 400)]
    [InlineData(Start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX:\x8by\r\n\r\n", 400)]
    [InlineData(Start + "Transfer-Encoding: chunked\r\n\r\nZ\r\nhello\r\n0\r\n\r\n", 400)]
    [InlineData(Start + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", 400)]
    public async Task Exchange_MalformedRequest_IsRefusedWithOneLineAndTheConnectionClosed(string request, int status)
    {
        string answer = await _server.ExchangeAsync(request);

        ErrorLine.AssertRaw(answer, status);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Empty(await _server.Blobs.ListAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Exchange_RequestSmuggledBehindConflictingLengths_IsNotAnswered()
    {
        string answer = await _server.ExchangeAsync(
            Start + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal(answer.IndexOf("HTTP/1.1", StringComparison.Ordinal), answer.LastIndexOf("HTTP/1.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Exchange_MalformedHead_IsRefusedWithoutABody()
    {
        string answer = await _server.ExchangeAsync("HEAD / HTTP/1.1\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exchange_MalformedRequestBehindAGoodOne_BothAreAnsweredInTurn()
    {
        string answer = await _server.ExchangeAsync("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n");

        int second = answer.IndexOf("ok\nHTTP/1.1 400 ", StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.NotEqual(-1, second);
        ErrorLine.AssertRaw(answer[(second + 3)..], 400);
    }

    [Fact]
    public async Task Exchange_HeadersTooLarge_Returns431WithOneLine() =>
        ErrorLine.AssertRaw(await _server.ExchangeAsync($"GET / HTTP/1.1\r\nHost: x\r\nX: {new string('a', 40_000)}\r\n\r\n"), 431);

    [Fact]
    public async Task Exchange_RequestLineTooLong_Returns414WithOneLine() =>
        ErrorLine.AssertRaw(await _server.ExchangeAsync($"GET /{new string('a', 40_000)} HTTP/1.1\r\nHost: x\r\n\r\n"), 414);

    [Fact]
    public async Task Exchange_BodyTooSlow_Returns408WithOneLineAndStoresNothing()
    {
        await using TestServer server = await TestServer.StartAsync(
            kestrel: limits => limits.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 10_000, gracePeriod: TimeSpan.FromSeconds(1.1)));

        string answer = await server.ExchangeAsync(Start + "Content-Length: 1000\r\n\r\nslow");

        ErrorLine.AssertRaw(answer, 408, "slowly");
        Assert.Empty(await server.Blobs.ListAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("GET", "/shacache/x", 404)]
    [InlineData("PUT", "/shacache/x", 400)]
    [InlineData("GET", "/shadir/x", 404)]
    [InlineData("GET", "/shadir/..", 400)]
    [InlineData("DELETE", "/shadir/x", 405)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("GET", "/healthz", 200)]
    [InlineData("GET", "/", 200)]
    [InlineData("POST", "/shacache", 201)]
    public async Task Exchange_ConnectionCloseOrOldProtocol_EveryAnswerClosesToo(string method, string path, int status)
    {
        string current = await _server.ExchangeAsync($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        string old = await _server.ExchangeAsync($"{method} {path} HTTP/1.0\r\nContent-Length: 0\r\n\r\n");

        foreach (string answer in (string[])[current, old])
        {
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("DELETE", "/shacache/x", "GET, HEAD, PUT")]
    [InlineData("DELETE", "/shacache", "POST")]
    [InlineData("POST", "/shadir/x", "GET, HEAD, PUT")]
    [InlineData("POST", "/healthz", "GET, HEAD")]
    [InlineData("BREW", "/", "GET, HEAD")]
    public async Task Exchange_WrongMethod_Returns405WithAllow(string method, string path, string allow)
    {
        string answer = await _server.ExchangeAsync($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        ErrorLine.AssertRaw(answer, 405, method);
        Assert.Contains($"Allow: {allow}\r\n", answer, StringComparison.Ordinal);
    }
}
