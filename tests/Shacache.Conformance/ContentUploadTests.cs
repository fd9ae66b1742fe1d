using System.Text;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>docs/protocol.md, "Content": uploads.</summary>
public class ContentUploadTests(ServerUnderTest server)
{
    [Theory]
    [InlineData("POST {cache} HTTP/1.1")]
    [InlineData("POST {cache}/ HTTP/1.1")]
    public async Task Post_Bytes_AnswersTheirDigestAndNothingElse(string requestLine)
    {
        byte[] content = Bytes.Fresh(70_001);
        string digest = Bytes.DigestOf(content);

        WireResponse response = await server.SendAsync($"{requestLine}\r\nContent-Length: {content.Length}", content);

        Answer.HasStatus(201, response);
        Assert.Equal(Encoding.ASCII.GetBytes(digest), response.Body);
        Assert.Equal("128", response.Header("Content-Length"));
        Assert.Equal(content, (await server.Python.DownloadAsync(digest)).Body);
    }

    [Fact]
    public async Task Post_SameBytesTwice_SucceedsBothTimes()
    {
        byte[] content = Bytes.Fresh(5000);

        await server.Python.UploadAsync(content);
        await server.Python.UploadAsync(content);
    }

    [Fact]
    public async Task Post_SameBytesBySixteenAtOnce_SucceedsForAll()
    {
        byte[] content = Bytes.Fresh(300_000);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.Python.UploadAsync(content)));

        Assert.Equal(content, (await server.Python.DownloadAsync(Bytes.DigestOf(content))).Body);
    }

    [Fact]
    public async Task Post_EmptyBody_IsTheEmptyObject()
    {
        await server.Python.UploadAsync([]);

        WireResponse response = await server.Python.DownloadAsync(Bytes.DigestOf([]));
        Answer.HasStatus(200, response);
        Assert.Equal("0", response.Header("Content-Length"));
        Assert.StartsWith("cf83e1357eefb8bd", Bytes.DigestOf([]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(131_072)]
    [InlineData(262_145)]
    [InlineData(1_048_576)]
    [InlineData(8_388_609)]
    public async Task Post_LengthAroundBufferSizes_ComesBackByteForByte(int lengthBytes)
    {
        byte[] content = Bytes.Fresh(lengthBytes);

        await server.Python.UploadAsync(content);

        WireResponse response = await server.Python.DownloadAsync(Bytes.DigestOf(content));
        Answer.HasStatus(200, response);
        Assert.True(content.AsSpan().SequenceEqual(response.Body));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Put_BytesOfTheDigest_StoresThem(bool upperCase)
    {
        byte[] content = Bytes.Fresh(2000);
        string digest = Bytes.DigestOf(content);
        string named = upperCase ? digest.ToUpperInvariant() : digest;

        WireResponse response = await server.SendAsync($"PUT {{cache}}/{named} HTTP/1.1\r\nContent-Length: 2000", content);

        Answer.HasStatus(201, response);
        Assert.Equal(digest, response.Text);
        Assert.True(await server.Python.ExistsAsync(digest));
    }

    [Fact]
    public async Task Put_BytesOfAnotherDigest_Returns400AndStoresNothing()
    {
        byte[] content = Bytes.Fresh(2000);
        string claimed = Bytes.UnknownDigest();

        WireResponse response = await server.SendAsync($"PUT {{cache}}/{claimed} HTTP/1.1\r\nContent-Length: 2000", content);

        Answer.IsOneLineError(400, response);
        Assert.False(await server.Python.ExistsAsync(claimed));
        Assert.False(await server.Python.ExistsAsync(Bytes.DigestOf(content)));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("zz83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e")]
    [InlineData("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e0")]
    public async Task Put_PathThatIsNoDigest_Returns400(string name)
    {
        byte[] content = Bytes.Fresh(100);

        WireResponse response = await server.SendAsync($"PUT {{cache}}/{name} HTTP/1.1\r\nContent-Length: 100", content);

        Answer.IsOneLineError(400, response);
        Assert.False(await server.Python.ExistsAsync(Bytes.DigestOf(content)));
    }

    [Theory]
    [InlineData("POST {cache} HTTP/1.1")]
    [InlineData("PUT {cache}/{digest} HTTP/1.1")]
    public async Task Upload_Chunked_IsStored(string requestLine)
    {
        byte[] content = Bytes.Fresh(100_000);
        string digest = Bytes.DigestOf(content);
        await using WireConnection connection = await server.OpenAsync();
        await connection.SendAsync(server.Head(requestLine.Replace("{digest}", digest, StringComparison.Ordinal) + "\r\nTransfer-Encoding: chunked"));
        for (int sent = 0, size = 1; sent < content.Length; sent += size, size = Math.Min(size * 3, content.Length - sent))
        {
            await connection.SendAsync($"{size:x}\r\n");
            await connection.SendAsync(content.AsMemory(sent, size));
            await connection.SendAsync("\r\n");
        }

        await connection.SendAsync("0\r\n\r\n");

        Answer.HasStatus(201, await connection.ReceiveAsync());
        Assert.Equal(content, (await server.Python.DownloadAsync(digest)).Body);
    }

    [Theory]
    [InlineData("POST {cache} HTTP/1.1\r\nContent-Length: 1000")]
    [InlineData("PUT {cache}/{digest} HTTP/1.1\r\nContent-Length: 1000")]
    [InlineData("POST {cache} HTTP/1.1\r\nTransfer-Encoding: chunked")]
    public async Task Upload_BodyShorterThanDeclared_StoresNothing(string head)
    {
        byte[] prefix = Bytes.Fresh(600);
        string digest = Bytes.DigestOf(prefix);
        await using (WireConnection connection = await server.OpenAsync())
        {
            await connection.SendAsync(server.Head(head.Replace("{digest}", digest, StringComparison.Ordinal)));
            if (head.Contains("chunked", StringComparison.Ordinal))
                await connection.SendAsync("258\r\n");
            await connection.SendAsync(prefix);
            connection.FinishSending();
            WireResponse? response = await connection.TryReceiveBeforeResetAsync();
            Assert.True(response is null or { Status: 400 }, response?.ToString());
        }

        Assert.False(await server.Python.ExistsAsync(digest));
    }

    [Fact]
    public async Task Upload_ConnectionReset_StoresNothing()
    {
        byte[] prefix = Bytes.Fresh(500_000);
        await using (WireConnection connection = await server.OpenAsync())
        {
            await connection.SendAsync(server.Head("POST {cache} HTTP/1.1\r\nContent-Length: 1000000"));
            await connection.SendAsync(prefix);
            connection.Abort();
        }

        Assert.False(await server.Python.ExistsAsync(Bytes.DigestOf(prefix)));
    }

    [Fact]
    public async Task Upload_Expect100Continue_IsAskedForTheBody()
    {
        byte[] content = Bytes.Fresh(1000);
        await using WireConnection connection = await server.OpenAsync();
        await connection.SendAsync(server.Head("POST {cache} HTTP/1.1\r\nContent-Length: 1000\r\nExpect: 100-continue"));

        Assert.Equal("HTTP/1.1 100 Continue", await connection.ReadLineAsync());

        Assert.Equal("", await connection.ReadLineAsync());
        await connection.SendAsync(content);
        Answer.HasStatus(201, await connection.ReceiveAsync());
    }

    [Fact]
    public async Task Upload_ConnectionKept_TakesTheNextOne()
    {
        await using WireConnection connection = await server.OpenAsync();
        for (int i = 0; i < 20; i++)
        {
            byte[] content = Bytes.Fresh(1000 + i);
            await connection.SendAsync(server.Head($"POST {{cache}} HTTP/1.1\r\nContent-Length: {content.Length}"));
            await connection.SendAsync(content);
            WireResponse response = await connection.ReceiveAsync();
            Answer.HasStatus(201, response);
            Assert.Equal(Bytes.DigestOf(content), response.Text);
        }
    }

    [Theory]
    [InlineData("DELETE {cache}/{digest} HTTP/1.1")]
    [InlineData("PATCH {cache}/{digest} HTTP/1.1\r\nContent-Length: 0")]
    [InlineData("POST {cache}/{digest} HTTP/1.1\r\nContent-Length: 0")]
    public async Task Content_OtherMethod_IsRefused(string head)
    {
        byte[] content = Bytes.Fresh(10);
        await server.Python.UploadAsync(content);
        string digest = Bytes.DigestOf(content);

        Answer.IsOneLineRefusal(await server.SendAsync(head.Replace("{digest}", digest, StringComparison.Ordinal)));

        Assert.True(await server.Python.ExistsAsync(digest));
    }
}
