using System.Net;
using System.Text;
using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Content;

public sealed class BlobUploadTests : IAsyncLifetime
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("some content");
    private static readonly Digest ContentDigest = Digest.Compute(Content);
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(new CacheServerOptions { MaxBlobBytes = 1_000_000 });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/shacache")]
    [InlineData("/shacache/")]
    [InlineData("/shacache/cache")]
    [InlineData("/shacache/cache/")]
    public async Task Post_Bytes_AnswersTheBareDigest(string path)
    {
        string answer = await _server.ExchangeAsync(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {Content.Length}\r\n\r\n{Encoding.UTF8.GetString(Content)}");

        Assert.StartsWith("HTTP/1.1 201 Created\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 128\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith($"\r\n\r\n{ContentDigest}", answer, StringComparison.Ordinal);
        Assert.True(await IsStoredAsync(ContentDigest));
    }

    [Fact]
    public async Task Post_SameBytesTwice_SucceedsBothTimes()
    {
        Assert.Equal(HttpStatusCode.Created, (await PostAsync(Content)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await PostAsync(Content)).StatusCode);
    }

    [Fact]
    public async Task Post_EmptyBody_StoresTheEmptyObject()
    {
        using HttpResponseMessage answer = await PostAsync([]);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(Digest.Empty.ToString(), await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.True(await IsStoredAsync(Digest.Empty));
    }

    [Fact]
    public async Task Post_Chunked_IsAccepted()
    {
        string answer = await _server.ExchangeAsync(
            "POST /shacache HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsome \r\n7\r\ncontent\r\n0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 201 Created\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith(ContentDigest.ToString(), answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_MatchingDigestInUpperCase_IsStored()
    {
        using HttpResponseMessage answer = await PutAsync(ContentDigest.ToString().ToUpperInvariant(), Content);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(ContentDigest.ToString(), await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Put_AnotherDigest_Returns400AndStoresNothing()
    {
        var named = Digest.Compute("other"u8);
        using HttpResponseMessage answer = await PutAsync(named.ToString(), Content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, ContentDigest.ToString());
        Assert.False(await IsStoredAsync(named));
        Assert.False(await IsStoredAsync(ContentDigest));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("..%2f..%2fetc%2fpasswd")]
    public async Task Put_NoDigest_Returns400(string segment)
    {
        using HttpResponseMessage answer = await PutAsync(segment, Content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "SHA-512");
    }

    [Fact]
    public async Task Post_BodyEndsBeforeItsLength_StoresNothing()
    {
        using (RawConnection connection = await _server.ConnectAsync())
        {
            await connection.SendAsync($"POST /shacache HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{Encoding.UTF8.GetString(Content)}");
            connection.EndSending();
            await connection.ReadToEndAsync();
        }

        Assert.False(await IsStoredAsync(ContentDigest));
        await _server.StopAsync();
        Assert.DoesNotContain(_server.Log.Lines, line => line.Level > Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Fact]
    public async Task Post_DeclaredTooLarge_Returns413BeforeTheBodyIsSent()
    {
        using RawConnection connection = await _server.ConnectAsync();
        await connection.SendAsync("POST /shacache HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000001\r\nExpect: 100-continue\r\n\r\n");

        string answer = await connection.ReadToEndAsync();

        ErrorLine.AssertRaw(answer, 413, "1000000 bytes");
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_TooLargeWithConnectionClose_ClientThatSendsEverythingFirstStillSeesTheAnswer()
    {
        string answer = await _server.ExchangeAsync(
            $"POST /shacache HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 8000000\r\n\r\n{new string('x', 8_000_000)}");

        ErrorLine.AssertRaw(answer, 413, "1000000 bytes");
    }

    [Fact]
    public async Task Post_ChunkedTooLarge_Returns413AndStoresNothing()
    {
        string chunk = "80000\r\n" + new string('x', 0x80000) + "\r\n";
        string answer = await _server.ExchangeAsync(
            $"POST /shacache HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{chunk}{chunk}0\r\n\r\n");

        ErrorLine.AssertRaw(answer, 413);
        Assert.Empty(await _server.Blobs.ListAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Post_ReadOnly_Returns403()
    {
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions { ReadOnly = true });
        using HttpResponseMessage answer = await server.Client.PostAsync(
            new Uri("/shacache", UriKind.Relative), new ByteArrayContent(Content), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "read-only");
    }

    [Fact]
    public async Task Post_NoRoom_Returns507WithTraceIdAndReadsGoOn()
    {
        await using TestServer server = await TestServer.StartAsync(blobs: store => new FullBlobStore(store));
        await server.Blobs.StoreAsync(ContentDigest, Content, TestContext.Current.CancellationToken);
        using HttpResponseMessage answer = await server.Client.PostAsync(
            new Uri("/shacache", UriKind.Relative), new ByteArrayContent([1, 2, 3]), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "trace");
        Assert.Equal(Content, await server.Client.GetByteArrayAsync(new Uri($"/shacache/{ContentDigest}", UriKind.Relative), TestContext.Current.CancellationToken));
    }

    private Task<HttpResponseMessage> PostAsync(byte[] content) => _server.Client.PostAsync(
        new Uri("/shacache", UriKind.Relative), new ByteArrayContent(content), TestContext.Current.CancellationToken);

    private Task<HttpResponseMessage> PutAsync(string segment, byte[] content) => _server.Client.PutAsync(
        new Uri($"/shacache/{segment}", UriKind.Relative), new ByteArrayContent(content), TestContext.Current.CancellationToken);

    private async Task<bool> IsStoredAsync(Digest digest)
    {
        await using IBlob? blob = await _server.Blobs.OpenAsync(digest, TestContext.Current.CancellationToken);
        return blob is not null;
    }
}
