using System.Net.Security;
using System.Security.Authentication;
using System.Text;

namespace Shacache.Http.Tests.Tls;

public sealed class TlsConnectionTests : IAsyncLifetime
{
    // Behind the record and the handshake header: random, no session, old cipher suites and newer ones, no compression, five extensions.
    private const string HelloTail =
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" + "00" +
        "000cc00ac009c014c013c02bc02f" + "0100" + "0021" +
        "000a00040002" + "0017" + "000b00020100" + "000d0006000404030804" + "00170000" + "ff01000100";

    private TlsSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await TlsSite.StartAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Handshake_ProtocolThatIsOffered_IsMadeAndAnswersOneRequestWithConnectionClose(SslProtocols protocol)
    {
        await using SslStream stream = await _site.HandshakeAsync(protocol);
        await stream.WriteAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        string answer = await ReadToEndAsync(stream);

        Assert.Equal(protocol, stream.SslProtocol);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("ok\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0303", "16")]
    [InlineData("0302", "15")]
    [InlineData("0301", "15")]
    public async Task Handshake_HelloOfAVersion_IsAnsweredOnlyFromTls12On(string version, string recordType)
    {
        using RawConnection connection = await TestServer.ConnectAsync(_site.Server.TlsUrl);
        string body = version + HelloTail;
        string handshake = $"01{body.Length / 2:x6}{body}";
        await connection.SendAsync(Encoding.Latin1.GetString(Convert.FromHexString($"160301{handshake.Length / 2:x4}{handshake}")));

        string record = Convert.ToHexStringLower(Encoding.Latin1.GetBytes((await connection.ReadBytesAsync(7))[..7]));

        // 15: alert; 02: fatal; 46: protocol_version.
        Assert.StartsWith(recordType, record, StringComparison.Ordinal);
        if (recordType == "15")
            Assert.EndsWith("0246", record, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_ApplicationProtocols_TheServerTakesHttp2WhereItIsOffered()
    {
        await using SslStream both = await _site.HandshakeAsync(SslProtocols.None, SslApplicationProtocol.Http11, SslApplicationProtocol.Http2);
        await using SslStream old = await _site.HandshakeAsync(SslProtocols.None, SslApplicationProtocol.Http11);
        await using SslStream none = await _site.HandshakeAsync();

        Assert.Equal(SslApplicationProtocol.Http2, both.NegotiatedApplicationProtocol);
        Assert.Equal(SslApplicationProtocol.Http11, old.NegotiatedApplicationProtocol);
        Assert.Equal(default, none.NegotiatedApplicationProtocol);
    }

    [Fact]
    public async Task Handshake_ClientThatSaysNothing_IsCutOff()
    {
        await using TlsSite site = await TlsSite.StartAsync(handshakeTimeout: TimeSpan.FromMilliseconds(200));
        using RawConnection connection = await TestServer.ConnectAsync(site.Server.TlsUrl);

        // Bounded: the read itself gives up, and fails, long before any timeout of HTTP.
        Assert.Equal("", await connection.ReadToEndAsync());
    }

    [Theory]
    [InlineData("GARBAGE\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("POST /shacache HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello", 400)]
    [InlineData("POST /shacache HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("POST /shacache HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 400)]
    public async Task Exchange_MalformedHttp1_IsRefusedWithOneLineBehindTls(string request, int status)
    {
        await using SslStream stream = await _site.HandshakeAsync();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);

        string answer = await ReadToEndAsync(stream);

        ErrorLine.AssertRaw(answer, status);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exchange_PlainHttpOnTheTlsPort_IsClosedAndTheServerGoesOn()
    {
        using RawConnection connection = await TestServer.ConnectAsync(_site.Server.TlsUrl);
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.DoesNotContain("HTTP/1.1 200", await connection.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal("first", await _site.FindNameAsync());
        Assert.Empty(_site.Server.Log.Lines);
    }

    private static async Task<string> ReadToEndAsync(SslStream stream)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        return await reader.ReadToEndAsync(patience.Token);
    }
}
