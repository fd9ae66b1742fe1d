namespace Shacache.Http.Tests.Gateway;

/// <summary>Origins whose answers can be read in more than one way.</summary>
public sealed class GatewayFramingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")]
    [InlineData("Content-Length: 4\r\nContent-Length: 3\r\n", "abcd")]
    [InlineData("Content-Length: 3, 4\r\n", "abcd")]
    [InlineData("Content-Length: -1\r\n", "abcd")]
    [InlineData("Content-Length: +4\r\n", "abcd")]
    [InlineData("Content-Length: 0x4\r\n", "abcd")]
    [InlineData("Content-Length: 4\r\nContent-Length: x\r\n", "abcd")]
    [InlineData("Content-Length: 99999999999999999999\r\n", "abcd")]
    [InlineData("Content-Length: \r\n", "abcd")]
    [InlineData("Content-Length: 9\r\nTransfer-Encoding: chunked\r\n", "4\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "4\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", "4\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: identity\r\nContent-Length: 4\r\n", "abcd")]
    [InlineData("Transfer-Encoding: gzip\r\n", "abcd")]
    public async Task Get_LengthsThatContradict_Is502AndNothingIsKept(string headers, string body)
    {
        await using var origin = new RawOrigin($"HTTP/1.1 200 OK\r\n{headers}Connection: close\r\n\r\n{body}");
        await using TestServer server = await GatewaySite.StartAsync();

        ErrorLine.AssertRaw(await server.ExchangeAsync($"GET /fetch/http/{origin.Host}/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 502);

        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
        Assert.Equal(0, await server.Entries.EnumerateAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_EqualLengths_AreOne()
    {
        await using var origin = new RawOrigin("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabcd");
        await using TestServer server = await GatewaySite.StartAsync();

        for (int i = 0; i < 2; i++)
            Assert.Equal("abcd", await server.Client.GetStringAsync($"/fetch/http/{origin.Host}/f", Token));

        Assert.Equal(1, origin.Connections);
    }
}
