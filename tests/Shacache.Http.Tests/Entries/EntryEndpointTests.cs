using System.Net;
using System.Text;
using System.Text.Json;
using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Entries;

public sealed class EntryEndpointTests : IAsyncLifetime
{
    private static readonly string Hex = Digest.Compute("content"u8).ToString();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(new CacheServerOptions { MaxEntryBytes = 10_000, MaxListingBytes = 50_000 });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Put_ThenGet_GivesTheTextsVerbatimNewestFirst()
    {
        string first = $"{{\"sha512\": \"{Hex}\",  \"file\": \"\\u00e9\"}}";
        string second = $"{{\"sha512\":\"{Hex}\"}}";
        Assert.Equal(HttpStatusCode.Created, (await PutAsync("k", Pair(first, ""))).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await PutAsync("k", Pair(second, "QUJD"))).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await PutAsync("k", Pair(first, ""))).StatusCode);

        using HttpResponseMessage answer = await GetAsync("k");
        string[][] listed = JsonSerializer.Deserialize<string[][]>(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal([[second, "QUJD"], [first, ""]], listed);
    }

    [Fact]
    public async Task Get_MoreThanIsListed_HasTheNewest()
    {
        for (int i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.Created, (await PutAsync("k", Pair($"{{\"sha512\":\"{Hex}\",\"n\":{i},\"x\":\"{new string('x', 5000)}\"}}", ""))).StatusCode);

        using HttpResponseMessage answer = await GetAsync("k");
        string[][] listed = JsonSerializer.Deserialize<string[][]>(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.InRange(answer.Content.Headers.ContentLength ?? 0, 50_000, 60_000);
        Assert.All(listed.Index(), one => Assert.Contains($"\"n\":{19 - one.Index},", one.Item[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Put_ConnectionClose_AnswersWithEmptyBodyAndConnectionClose()
    {
        string body = Pair($"{{\"sha512\":\"{Hex}\"}}", "");
        string answer = await _server.ExchangeAsync(
            $"PUT /shadir/file-urlmd5:abc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        Assert.StartsWith("HTTP/1.1 201 Created\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 0\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200 OK", await RawGetAsync("file-urlmd5%3Aabc"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_ListedKey_IsGetWithoutBody()
    {
        await PutAsync("k", Pair($"{{\"sha512\":\"{Hex}\"}}", ""));
        long? length = (await GetAsync("k")).Content.Headers.ContentLength;

        string answer = await _server.ExchangeAsync("HEAD /shacache/dir/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"Content-Length: {length}\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_OnlyExpiredEntries_Returns404()
    {
        await PutAsync("old", Pair($"{{\"sha512\":\"{Hex}\",\"expiration_date\":\"2001-01-01\"}}", ""));

        using HttpResponseMessage answer = await GetAsync("old");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "'old'");
    }

    [Theory]
    [InlineData("%2e%2e", "'..'")]
    [InlineData("..", "'..'")]
    [InlineData(".", "'.'")]
    [InlineData("", "empty")]
    [InlineData("a%2Fb", "slash")]
    [InlineData("a/b", "slash")]
    [InlineData("a%0Ab", "control")]
    [InlineData("a%7F", "control")]
    [InlineData("a%C2%85", "control")]
    [InlineData("a%80", "UTF-8")]
    [InlineData("a%ED%A0%80", "UTF-8")]
    public async Task GetAndPut_IllegalKey_Return400(string segment, string problem)
    {
        ErrorLine.AssertRaw(await RawGetAsync(segment), 400, problem);
        ErrorLine.AssertRaw(await RawPutAsync(segment), 400, problem);
    }

    [Fact]
    public async Task GetAndPut_KeyOf1025Bytes_Return400()
    {
        ErrorLine.AssertRaw(await RawGetAsync(new string('k', 1025)), 400, "1024 bytes");
        ErrorLine.AssertRaw(await RawPutAsync(string.Concat(Enumerable.Repeat("%6B", 1025))), 400, "1024 bytes");
    }

    [Theory]
    [InlineData("a%2525", "a%2525")]
    [InlineData("100%", "100%25")]
    [InlineData("a%zz", "a%25zz")]
    [InlineData("pypi:foo=1.0", "pypi%3Afoo%3D1.0")]
    [InlineData("%252F", "%252F")]
    public async Task Get_KeyWrittenInAnotherWay_IsTheSameKey(string putAs, string gotAs)
    {
        Assert.StartsWith("HTTP/1.1 201", await RawPutAsync(putAs), StringComparison.Ordinal);

        Assert.StartsWith("HTTP/1.1 200", await RawGetAsync(gotAs), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_LongestKey_IsLegal()
    {
        string escaped = string.Concat(Enumerable.Repeat("%C3%A9", 512));
        Assert.StartsWith("HTTP/1.1 201", await RawPutAsync(escaped), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await RawGetAsync(escaped.ToLowerInvariant()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[\"a\"]")]
    [InlineData("[\"{}\", \"\"]")]
    [InlineData("[\"[]\", \"\"]")]
    [InlineData("[NaN, \"\"]")]
    [InlineData("[\"\\ud800\", \"\"]")]
    [InlineData("\uFEFF[]")]
    public async Task Put_MalformedBody_Returns400WithOneLine(string body)
    {
        using HttpResponseMessage answer = await PutAsync("k", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "Nothing was stored.");
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("k")).StatusCode);
    }

    [Fact]
    public async Task Put_DeeplyNestedInformation_Returns400()
    {
        string nested = $"{{\"sha512\":\"{Hex}\",\"x\":{new string('[', 4000)}{new string(']', 4000)}}}";
        using HttpResponseMessage answer = await PutAsync("k", Pair(nested, ""));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Put_BodyTooLarge_Returns413(bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/shadir/k") { Content = new StringContent(new string(' ', 10_001)) };
        request.Headers.TransferEncodingChunked = chunked;
        using HttpResponseMessage answer = await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "10000 bytes");
    }

    [Fact]
    public async Task Put_ReadOnly_Returns403()
    {
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions { ReadOnly = true });
        using HttpResponseMessage answer = await server.Client.PutAsync(
            new Uri("/shadir/k", UriKind.Relative), new StringContent(Pair($"{{\"sha512\":\"{Hex}\"}}", "")), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private static string Pair(string information, string signature) => JsonSerializer.Serialize<string[]>([information, signature]);

    private Task<HttpResponseMessage> PutAsync(string key, string body) => _server.Client.PutAsync(
        new Uri($"/shadir/{key}", UriKind.Relative), new ByteArrayContent(Encoding.UTF8.GetBytes(body)), TestContext.Current.CancellationToken);

    private Task<HttpResponseMessage> GetAsync(string key) =>
        _server.Client.GetAsync(new Uri($"/shadir/{key}", UriKind.Relative), TestContext.Current.CancellationToken);

    private Task<string> RawGetAsync(string segment) =>
        _server.ExchangeAsync($"GET /shadir/{segment} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    private Task<string> RawPutAsync(string segment)
    {
        string body = Pair($"{{\"sha512\":\"{Hex}\"}}", "");
        return _server.ExchangeAsync($"PUT /shadir/{segment} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }
}
