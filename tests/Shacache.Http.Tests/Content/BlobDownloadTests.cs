using System.Net;
using System.Net.Http.Headers;
using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Content;

public sealed class BlobDownloadTests : IAsyncLifetime
{
    private readonly byte[] _content = new byte[1_000_003];
    private Digest _digest;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        new Random(1).NextBytes(_content);
        _digest = await StoreAsync(_content);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Get_StoredObject_HasEveryHeaderThatClientsRelyOn()
    {
        using HttpResponseMessage answer = await GetAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(_content.Length, answer.Content.Headers.ContentLength);
        Assert.Equal("bytes", answer.Headers.AcceptRanges.Single());
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.ToString());
        Assert.StartsWith("public, max-age=31556926", answer.Headers.GetValues("Cache-Control").Single(), StringComparison.Ordinal);
        Assert.Equal($"\"{_digest}\"", answer.Headers.ETag!.Tag);
        Assert.Equal(_content, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(5_000_000)]
    public async Task Get_AnyLength_GivesTheBytes(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        Digest digest = await StoreAsync(content);

        byte[] received = await _server.Client.GetByteArrayAsync(new Uri($"/shacache/{digest}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(content, received);
    }

    [Fact]
    public async Task Get_UpperCaseDigest_NamesTheSameObject()
    {
        using HttpResponseMessage answer = await _server.Client.GetAsync(
            new Uri($"/shacache/cache/{_digest.ToString().ToUpperInvariant()}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal($"\"{_digest}\"", answer.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task Head_StoredObject_IsGetWithoutBody()
    {
        string answer = await _server.ExchangeAsync($"HEAD /shacache/{_digest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRange: bytes=5-\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"Content-Length: {_content.Length}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Accept-Ranges: bytes\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500_000, null, 500_000)]
    [InlineData(0, 0L, 0)]
    [InlineData(1_000_002, null, 1_000_002)]
    [InlineData(null, 7L, 999_996)]
    public async Task Get_Range_GivesThatPart(int? from, long? to, int offset)
    {
        using HttpResponseMessage answer = await GetAsync(request => request.Headers.Range = new RangeHeaderValue(from, to));
        byte[] received = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(_content[offset..(offset + received.Length)], received);
        Assert.Equal($"bytes {offset}-{offset + received.Length - 1}/{_content.Length}", answer.Content.Headers.ContentRange!.ToString());
        Assert.Equal(from is null ? (int)to! : to is null ? _content.Length - offset : 1, received.Length);
    }

    [Fact]
    public async Task Get_RangePastEnd_Returns416WithTheLength()
    {
        using HttpResponseMessage answer = await GetAsync(request => request.Headers.Range = new RangeHeaderValue(_content.Length, null));

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, answer.StatusCode);
        Assert.Equal($"bytes */{_content.Length}", answer.Content.Headers.ContentRange!.ToString());
        await ErrorLine.AssertAsync(answer, $"{_content.Length} bytes");
    }

    [Fact]
    public async Task Get_SeveralRanges_IsAnsweredWhole()
    {
        using HttpResponseMessage answer = await GetAsync(request => request.Headers.TryAddWithoutValidation("Range", "bytes=0-1,5-6"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(_content.Length, answer.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Get_IfNoneMatch_Returns304WithoutBody()
    {
        using HttpResponseMessage answer = await GetAsync(request => request.Headers.TryAddWithoutValidation("If-None-Match", $"\"x\", W/\"{_digest}\""));

        Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
        Assert.Equal($"\"{_digest}\"", answer.Headers.ETag!.Tag);
    }

    [Theory]
    [InlineData("same", HttpStatusCode.PartialContent)]
    [InlineData("\"other\"", HttpStatusCode.OK)]
    [InlineData("weak", HttpStatusCode.OK)]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT", HttpStatusCode.OK)]
    public async Task Get_IfRange_GivesThePartOnlyOfTheSameObject(string ifRange, HttpStatusCode expected)
    {
        string value = ifRange switch { "same" => $"\"{_digest}\"", "weak" => $"W/\"{_digest}\"", _ => ifRange };
        using HttpResponseMessage answer = await GetAsync(request =>
        {
            request.Headers.Range = new RangeHeaderValue(5, null);
            request.Headers.TryAddWithoutValidation("If-Range", value);
        });

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Get_IfMatchOfAnotherObject_Returns412()
    {
        using HttpResponseMessage answer = await GetAsync(request => request.Headers.TryAddWithoutValidation("If-Match", "\"other\""));

        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "If-Match");
    }

    [Fact]
    public async Task Get_UnknownObject_Returns404WithOneLine()
    {
        Digest unknown = Digest.Compute("unknown"u8);
        using HttpResponseMessage answer = await _server.Client.GetAsync(new Uri($"/shacache/{unknown}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, unknown.ToString());
    }

    [Fact]
    public async Task Get_ClientClosesAfterTheStatusLine_LogsNothingAndServesOn()
    {
        for (int i = 0; i < 50; i++)
        {
            using RawConnection connection = await _server.ConnectAsync();
            await connection.SendAsync($"GET /shacache/{_digest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            await connection.ReadUntilAsync("HTTP/1.1 200 OK");
            connection.Reset();
        }

        Assert.Equal(_content, await _server.Client.GetByteArrayAsync(new Uri($"/shacache/{_digest}", UriKind.Relative), TestContext.Current.CancellationToken));
        await _server.StopAsync();
        Assert.Empty(_server.Log.Lines);
    }

    [Fact]
    public async Task Get_BlobEndsEarly_CutsTheConnection()
    {
        await using TestServer server = await TestServer.StartAsync(blobs: store => new TruncatingBlobStore(store, missingBytes: 10));
        Digest digest = await StoreAsync(_content, server);

        string answer = await server.ExchangeAsync($"GET /shacache/{digest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.Contains($"Content-Length: {_content.Length}\r\n", answer, StringComparison.Ordinal);
        int bodyBytes = answer.Length - answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4;
        Assert.InRange(bodyBytes, 0, _content.Length - 10);
        Assert.Contains(server.Log.Lines, line => line.Text.Contains("was cut off", StringComparison.Ordinal));
    }

    private Task<Digest> StoreAsync(byte[] content) => StoreAsync(content, _server);

    private static async Task<Digest> StoreAsync(byte[] content, TestServer server)
    {
        Digest digest = Digest.Compute(content);
        await server.Blobs.StoreAsync(digest, content, TestContext.Current.CancellationToken);
        return digest;
    }

    private async Task<HttpResponseMessage> GetAsync(Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/shacache/{_digest}");
        change?.Invoke(request);
        return await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
