using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>docs/protocol.md, "Content": downloads, ranges, conditions.</summary>
public class ContentDownloadTests(ServerUnderTest server) : IAsyncLifetime
{
    private readonly byte[] _content = Bytes.Fresh(200_000);

    private string Digest => Bytes.DigestOf(_content);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => await server.Python.UploadAsync(_content);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Get_Stored_HasTheHeadersThatClientsRelyOn(string method)
    {
        WireResponse response = await server.SendAsync($"{method} {{cache}}/{Digest} HTTP/1.1");

        Answer.HasStatus(200, response);
        Assert.Equal(_content.Length.ToString(), response.Header("Content-Length"));
        Assert.Equal("bytes", response.Header("Accept-Ranges"));
        Assert.Equal("application/octet-stream", response.Header("Content-Type"));
        Assert.Equal("public, max-age=31556926", response.Header("Cache-Control"));
        Assert.Equal($"\"{Digest}\"", response.Header("ETag"));
        Assert.Null(response.Header("Content-Encoding"));
        Assert.Null(response.Header("Transfer-Encoding"));
        Assert.Equal(method == "GET" ? _content : [], response.Body);
    }

    [Fact]
    public async Task Get_UpperCaseDigest_NamesTheSameObject()
    {
        WireResponse response = await server.Python.DownloadAsync(Digest.ToUpperInvariant());

        Answer.HasStatus(200, response);
        Assert.Equal(_content, response.Body);
        Assert.Equal($"\"{Digest}\"", response.Header("ETag"));
    }

    [Fact]
    public async Task Get_ClientThatAcceptsCompression_GetsTheBytesThemselves()
    {
        WireResponse response = await server.SendAsync($"GET {{cache}}/{Digest} HTTP/1.1\r\nAccept-Encoding: gzip, br, deflate");

        Assert.Equal(_content, response.Body);
        Assert.Null(response.Header("Content-Encoding"));
    }

    [Fact]
    public async Task Get_Http10_IsAnsweredAndClosed()
    {
        await using WireConnection connection = await server.OpenAsync();
        await connection.SendAsync(server.Head($"GET {{cache}}/{Digest} HTTP/1.0"));

        Assert.Equal(_content, (await connection.ReceiveAsync()).Body);

        await connection.AssertClosedByServerAsync();
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Get_Unknown_Returns404(string method) =>
        Answer.IsOneLineError(404, await server.SendAsync($"{method} {{cache}}/{Bytes.UnknownDigest()} HTTP/1.1"), toHead: method == "HEAD");

    [Theory]
    [InlineData("abc")]
    [InlineData("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3")]
    [InlineData("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e0")]
    [InlineData("gf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e")]
    [InlineData("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e/x")]
    public async Task Get_PathThatIsNoDigest_Returns404(string name) =>
        Answer.IsOneLineError(404, await server.SendAsync($"GET {{cache}}/{name} HTTP/1.1"));

    [Theory]
    [InlineData("bytes=0-", 0, 199_999)]
    [InlineData("bytes=1-", 1, 199_999)]
    [InlineData("bytes=199999-", 199_999, 199_999)]
    [InlineData("bytes=100-199", 100, 199)]
    [InlineData("bytes=0-0", 0, 0)]
    [InlineData("bytes=-100", 199_900, 199_999)]
    [InlineData("bytes=-999999999", 0, 199_999)]
    [InlineData("bytes=199000-999999999999", 199_000, 199_999)]
    public async Task Get_Range_Returns206AndThoseBytes(string range, int first, int last)
    {
        WireResponse response = await server.SendAsync($"GET {{cache}}/{Digest} HTTP/1.1\r\nRange: {range}");

        Answer.HasStatus(206, response);
        Assert.Equal($"bytes {first}-{last}/200000", response.Header("Content-Range"));
        Assert.Equal(_content[first..(last + 1)], response.Body);
    }

    [Theory]
    [InlineData("bytes=200000-")]
    [InlineData("bytes=999999999999-")]
    [InlineData("bytes=-0")]
    public async Task Get_RangePastTheEnd_Returns416(string range)
    {
        WireResponse response = await server.SendAsync($"GET {{cache}}/{Digest} HTTP/1.1\r\nRange: {range}");

        Answer.HasStatus(416, response);
        Assert.Equal("bytes */200000", response.Header("Content-Range"));
    }

    [Theory]
    [InlineData("bytes=0-1,5-6")]
    [InlineData("bytes=0-,0-,0-,0-")]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=x-")]
    [InlineData("bytes=--1")]
    [InlineData("bytes=99999999999999999999999-99999999999999999999999999")]
    [InlineData("items=0-5")]
    [InlineData("bytes")]
    public async Task Get_SeveralOrUnreadableRanges_IsAnsweredWhole(string range)
    {
        WireResponse response = await server.SendAsync($"GET {{cache}}/{Digest} HTTP/1.1\r\nRange: {range}");

        // A number too large to be a position may also be called unsatisfiable.
        if (range.Contains("99999999999999999999999", StringComparison.Ordinal) && response.Status == 416)
            return;
        Answer.HasStatus(200, response);
        Assert.Equal(_content, response.Body);
        Assert.Equal("bytes", response.Header("Accept-Ranges"));
    }

    [Fact]
    public async Task Get_RangeOfTheEmptyObject_Returns416()
    {
        await server.Python.UploadAsync([]);

        Answer.HasStatus(416, await server.SendAsync($"GET {{cache}}/{Bytes.DigestOf([])} HTTP/1.1\r\nRange: bytes=0-"));
    }

    [Theory]
    [InlineData("If-None-Match: \"{digest}\"")]
    [InlineData("If-None-Match: W/\"{digest}\"")]
    [InlineData("If-None-Match: \"other\", \"{digest}\"")]
    [InlineData("If-None-Match: *")]
    [InlineData("If-None-Match: \"{digest}\"\r\nRange: bytes=5-")]
    public async Task Get_IfNoneMatchOfTheSame_Returns304(string headers)
    {
        WireResponse response = await SendWithAsync(headers);

        Answer.HasStatus(304, response);
        Assert.Equal($"\"{Digest}\"", response.Header("ETag"));
        Assert.Equal("public, max-age=31556926", response.Header("Cache-Control"));
    }

    [Theory]
    [InlineData("If-None-Match: \"other\"", 200, 0)]
    [InlineData("If-Range: \"{digest}\"\r\nRange: bytes=100-", 206, 100)]
    [InlineData("If-Range: \"other\"\r\nRange: bytes=100-", 200, 0)]
    [InlineData("If-Range: W/\"{digest}\"\r\nRange: bytes=100-", 200, 0)]
    [InlineData("If-Range: Wed, 21 Oct 2015 07:28:00 GMT\r\nRange: bytes=100-", 200, 0)]
    public async Task Get_OtherConditions_AreObeyed(string headers, int status, int fromByte)
    {
        WireResponse response = await SendWithAsync(headers);

        Answer.HasStatus(status, response);
        Assert.Equal(_content[fromByte..], response.Body);
    }

    [Fact]
    public async Task Get_IfMatchOfAnother_Returns412() => Answer.HasStatus(412, await SendWithAsync("If-Match: \"other\""));

    [Fact]
    public async Task Get_BrokenDownload_IsResumedWhereItBroke()
    {
        byte[] head = new byte[50_000];
        await using (WireConnection connection = await server.OpenAsync())
        {
            await connection.SendAsync(server.Head($"GET {{cache}}/{Digest} HTTP/1.1\r\nConnection: close"));
            WireResponse? first = await connection.ReceiveHeadAsync();
            Assert.Equal("bytes", first!.Header("Accept-Ranges"));
            Assert.Equal("200000", first.Header("Content-Length"));
            for (int count = 0; count < head.Length;)
                count += await connection.ReadAsync(head.AsMemory(count));
            connection.Abort();
        }

        WireResponse rest = await server.Python.DownloadAsync(Digest, fromByte: head.Length);

        Answer.HasStatus(206, rest);
        Assert.Equal(_content, (byte[])[.. head, .. rest.Body]);
    }

    [Fact]
    public async Task Get_PipelinedRequests_AreAnsweredInTheirOrder()
    {
        await using WireConnection connection = await server.OpenAsync();
        string get = server.Head($"GET {{cache}}/{Digest} HTTP/1.1");
        string miss = server.Head($"GET {{cache}}/{Bytes.UnknownDigest()} HTTP/1.1");
        await connection.SendAsync(get + miss + get);

        Assert.Equal(_content, (await connection.ReceiveAsync()).Body);
        Answer.HasStatus(404, await connection.ReceiveAsync());
        Assert.Equal(_content, (await connection.ReceiveAsync()).Body);
    }

    private Task<WireResponse> SendWithAsync(string headers) =>
        server.SendAsync($"GET {{cache}}/{Digest} HTTP/1.1\r\n{headers.Replace("{digest}", Digest, StringComparison.Ordinal)}");
}
