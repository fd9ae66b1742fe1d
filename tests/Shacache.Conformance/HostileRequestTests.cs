using System.Text;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>docs/protocol.md, "Errors": requests whose extent is in doubt, and paths that lead elsewhere.</summary>
public class HostileRequestTests(ServerUnderTest server)
{
    private const string Smuggled = "GET /healthz HTTP/1.1\r\nHost: smuggled\r\n\r\n";

    /// <summary>Headers of an upload that must be refused, and the connection closed, before anything after them is taken for a request.</summary>
    public static TheoryData<string> DoubtfulFraming =>
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nContent-Length: 0",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: -1",
        "Content-Length: -9223372036854775808",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 5;",
        "Content-Length: 5.0",
        "Content-Length: 1e1",
        "Content-Length:",
        "Content-Length: nonsense",
        "Content-Length: 9223372036854775808",
        "Content-Length: 18446744073709551617",
        "Content-Length: 99999999999999999999999999999999999999",
        "Content-Length : 5",
        "Content-Length\t: 5",
        " Content-Length: 5",
        "Content-Length: 5\r\n 5",
        "Content-Length: \u00B2",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: \u000Bchunked",
        "Transfer-Encoding: chunked\u000B",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding:",
        "X: y\0\r\nContent-Length: 5",
        "Content-Length: 5\r\nno colon",
        "Content-Length: 5\r\n: no name",
        "Content-Length: 5\r\nBad Name: x",
        "Content-Length: 5\r\nHost: second.example",
        "X: y\rContent-Length: 5",
    ];

    /// <summary>Bodies of a chunked upload that must be refused.</summary>
    public static TheoryData<string> MalformedChunks =>
    [
        "x\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n", "5 5\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "100000005\r\nhello\r\n0\r\n\r\n", "7FFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", "00000000000000000000000000000005\r\nhellohello\r\n0\r\n\r\n",
        "5\r\nhelloworld\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhel\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5;x\nhello\r\n0\r\n\r\n", "5;x=\ny\r\nhello\r\n0\r\n\r\n",
        "5\0\r\nhello\r\n0\r\n\r\n",
    ];

    [Theory]
    [MemberData(nameof(DoubtfulFraming))]
    public async Task Upload_DoubtfulFraming_IsRefusedOnceAndClosed(string headers) =>
        await AssertRefusedOnceAsync($"POST {{cache}} HTTP/1.1\r\n{headers}", $"5\r\nhello\r\n0\r\n\r\n{Smuggled}");

    [Theory]
    [MemberData(nameof(DoubtfulFraming))]
    public async Task PutEntry_DoubtfulFraming_IsRefusedOnceAndClosed(string headers) =>
        await AssertRefusedOnceAsync($"PUT {{dir}}/{Bytes.FreshKey()} HTTP/1.1\r\n{headers}", $"5\r\nhello\r\n0\r\n\r\n{Smuggled}");

    [Theory]
    [MemberData(nameof(DoubtfulFraming))]
    public async Task Get_DoubtfulFraming_IsRefusedOnceAndClosed(string headers) =>
        await AssertRefusedOnceAsync($"GET {{cache}}/{Bytes.UnknownDigest()} HTTP/1.1\r\n{headers}", $"5\r\nhello\r\n0\r\n\r\n{Smuggled}");

    [Theory]
    [MemberData(nameof(MalformedChunks))]
    public async Task Upload_MalformedChunks_AreRefusedOnceAndClosed(string body)
    {
        await AssertRefusedOnceAsync("POST {cache} HTTP/1.1\r\nTransfer-Encoding: chunked", body + Smuggled);

        foreach (string part in (string[])["hello", "hellohello", "hel", "", "hello0"])
        {
            if (part.Length > 0)
                Assert.False(await server.Python.ExistsAsync(Bytes.DigestOf(Encoding.ASCII.GetBytes(part))), part);
        }
    }

    [Theory]
    [InlineData("5;name=value\r\n")]
    [InlineData("5;name=\"quoted\"\r\n")]
    [InlineData("0005\r\n")]
    public async Task Upload_LegalChunkLine_IsAccepted(string line)
    {
        byte[] content = Bytes.Fresh(5);
        byte[] body = [.. Encoding.ASCII.GetBytes(line), .. content, .. "\r\n0\r\nTrailer: x\r\n\r\n"u8];

        Answer.HasStatus(201, await server.SendAsync("POST {cache} HTTP/1.1\r\nTransfer-Encoding: chunked", body));
    }

    [Fact]
    public async Task Upload_EndlessChunkExtension_FillsNoMemory()
    {
        // One of its own: what the other tests do meanwhile takes memory, too.
        using var folder = new TemporaryFolder();
        await using ServerProcess process = await ServerProcess.StartAsync(folder.Data);
        await using WireConnection connection = await WireConnection.OpenAsync(process.Url);
        await connection.SendAsync($"POST /shacache HTTP/1.1\r\nHost: {process.Url.Authority}\r\nTransfer-Encoding: chunked\r\n\r\n5;");
        byte[] part = Encoding.ASCII.GetBytes(new string('x', 65536));
        long before = process.Memory.ResidentBytes;

        for (int sent = 0; sent < 128 * ServerMemory.MiB && await connection.TrySendAsync(part);)
            sent += part.Length;

        Assert.InRange(process.Memory.ResidentBytes - before, long.MinValue, 64 * ServerMemory.MiB);
        await process.Python.UploadAsync(Bytes.Fresh(10));
    }

    /// <summary>Paths that would leave the surface if anything resolved or decoded them twice. None may reach a file, or another page.</summary>
    [Theory]
    [InlineData("{cache}/../../../../../../etc/passwd")]
    [InlineData("{cache}/..%2F..%2F..%2F..%2Fetc%2Fpasswd")]
    [InlineData("{cache}/%2e%2e/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("{cache}/%252e%252e%252f%252e%252e%252fetc%252fpasswd")]
    [InlineData("{cache}/..\\..\\..\\etc\\passwd")]
    [InlineData("{cache}/..%5C..%5Cetc%5Cpasswd")]
    [InlineData("{cache}/....//....//etc/passwd")]
    [InlineData("{cache}/..;/etc/passwd")]
    [InlineData("{cache}/%c0%ae%c0%ae/etc/passwd")]
    [InlineData("{cache}//etc/passwd")]
    [InlineData("{cache}/%00")]
    [InlineData("{cache}/cf83e1357eefb8bd%00")]
    [InlineData("{dir}/../../../../../../etc/passwd")]
    [InlineData("{dir}/..%2F..%2Fetc%2Fpasswd")]
    [InlineData("{dir}/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("{dir}/..%252F..%252Fetc%252Fpasswd")]
    [InlineData("{dir}/..\\..\\etc\\passwd")]
    [InlineData("{dir}/..%5C..%5Cetc%5Cpasswd")]
    [InlineData("{dir}/../healthz")]
    [InlineData("{cache}/../healthz")]
    [InlineData("http://{host}{cache}/../../../../etc/passwd")]
    [InlineData("http://{host}{dir}/..%2F..%2Fetc%2Fpasswd")]
    public async Task Get_Traversal_FindsNothing(string target)
    {
        string filled = target.Replace("{host}", server.CacheUrl.Authority, StringComparison.Ordinal);

        Answer.IsOneLineRefusal(await server.SendAsync($"GET {filled} HTTP/1.1"));
    }

    [Fact]
    public async Task Get_AbsoluteForm_IsTheSameRequest()
    {
        byte[] content = Bytes.Fresh(100);
        await server.Python.UploadAsync(content);

        WireResponse response = await server.SendAsync($"GET http://{server.CacheUrl.Authority}{{cache}}/{Bytes.DigestOf(content)} HTTP/1.1");

        Answer.HasStatus(200, response);
        Assert.Equal(content, response.Body);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("GET")]
    [InlineData("GET  HTTP/1.1")]
    [InlineData("GET /\0 HTTP/1.1")]
    [InlineData("GET / HTTP/1.1 x")]
    [InlineData("GET / HTTP/x")]
    [InlineData("GET nonsense HTTP/1.1")]
    [InlineData("GET / FTP/1.1")]
    [InlineData("G\u00C9T / HTTP/1.1")]
    [InlineData("G(T / HTTP/1.1")]
    [InlineData("CONNECT example.org:443 HTTP/1.1")]
    [InlineData("OPTIONS * HTTP/1.1")]
    [InlineData("TRACE / HTTP/1.1")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00FC\u0003\u0003")]
    public async Task MalformedRequestLine_GetsNo5xx(string line)
    {
        await using WireConnection connection = await server.OpenAsync();
        await connection.SendAsync($"{line}\r\nHost: {server.CacheUrl.Authority}\r\nConnection: close\r\n\r\n");

        WireResponse? response = await connection.TryReceiveAsync();

        Assert.True(response is null or { Status: >= 400 and < 500 }, response?.ToString());
        await connection.AssertClosedByServerAsync();
    }

    [Theory]
    [InlineData("GET {cache}/{long} HTTP/1.1", 1_000_000)]
    [InlineData("GET {dir}/{long} HTTP/1.1", 1_000_000)]
    [InlineData("GET {cache}/x HTTP/1.1\r\nX-Long: {long}", 1_000_000)]
    [InlineData("GET {cache}/x HTTP/1.1{many}", 5000)]
    public async Task OverlongHead_IsRefused(string head, int length)
    {
        string filled = head
            .Replace("{long}", new string('a', length), StringComparison.Ordinal)
            .Replace("{many}", string.Concat(Enumerable.Range(0, length).Select(i => $"\r\nX-{i}: y")), StringComparison.Ordinal);
        await using WireConnection connection = await server.OpenAsync();
        await connection.TrySendAsync(Encoding.Latin1.GetBytes(server.Head(filled)));

        // A reset may overtake the answer, since the server need not read all of the request.
        WireResponse? response = await connection.TryReceiveBeforeResetAsync();

        Assert.True(response is null or { Status: >= 400 and < 500 }, response?.ToString());
    }

    [Theory]
    [InlineData("GET {cache}/{unknown} HTTP/1.1")]
    [InlineData("PUT {cache}/nonsense HTTP/1.1\r\nContent-Length: 5")]
    [InlineData("PUT {cache}/{unknown} HTTP/1.1\r\nContent-Length: 5")]
    [InlineData("DELETE {cache}/{unknown} HTTP/1.1\r\nContent-Length: 5")]
    public async Task PipelinedRequests_BehindAWellFramedError_AreAnswered(string head)
    {
        string body = head.Contains("Content-Length", StringComparison.Ordinal) ? "hello" : "";
        byte[] content = Bytes.Fresh(1000);
        await server.Python.UploadAsync(content);
        await using WireConnection connection = await server.OpenAsync();
        string get = server.Head($"GET {{cache}}/{Bytes.DigestOf(content)} HTTP/1.1\r\nConnection: close");
        await connection.SendAsync(server.Head(head.Replace("{unknown}", Bytes.UnknownDigest(), StringComparison.Ordinal)) + body + get);

        WireResponse error = await connection.ReceiveAsync();
        Answer.IsOneLineRefusal(error);

        // Closing instead is allowed, and then nothing more may come.
        if (error.HasConnectionClose)
            await connection.AssertClosedByServerAsync();
        else
            Assert.Equal(content, (await connection.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task Upload_DeclaredLengthBeyondAnyDisk_IsRefusedBeforeItIsSent()
    {
        await using WireConnection connection = await server.OpenAsync();
        await connection.SendAsync(server.Head("POST {cache} HTTP/1.1\r\nContent-Length: 9223372036854775807"));

        Answer.IsOneLineError(413, await connection.ReceiveAsync());
    }

    private async Task AssertRefusedOnceAsync(string head, string body)
    {
        await using WireConnection connection = await server.OpenAsync(head);
        await connection.TrySendAsync(Encoding.Latin1.GetBytes(server.Head(head) + body));
        WireResponse response = await connection.ReceiveAsync();

        Answer.IsOneLineRefusal(response);
        await connection.AssertClosedByServerAsync();
    }
}
