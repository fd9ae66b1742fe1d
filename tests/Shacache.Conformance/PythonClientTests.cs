using System.Diagnostics;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>docs/protocol.md, "Deployed clients": what thousands of nodes do, in the order in which they do it.</summary>
public class PythonClientTests(ServerUnderTest server)
{
    [Fact]
    public async Task Session_UploadIndexFindDownload_Works()
    {
        byte[] content = Bytes.Fresh(1_234_567);
        string digest = Bytes.DigestOf(content);
        string key = Bytes.FreshKey();
        string entry = $$"""["{\"file_name\": \"caf\\u00e9.tar.gz\", \"sha512\": \"{{digest}}\", \"url\": \"https://example.org/a\"}", "c2lnbmF0dXJl"]""";

        Assert.False(await server.Python.ExistsAsync(digest));
        await server.Python.UploadAsync(content);
        Assert.True(await server.Python.ExistsAsync(digest));
        WireResponse indexed = await server.Python.PutEntryAsync(key, entry);
        Answer.HasStatus(201, indexed);
        Assert.Empty(indexed.Body);
        WireResponse listing = await server.Python.ListAsync(key);
        Answer.HasStatus(200, listing);
        Assert.Contains("\\\"caf\\\\u00e9.tar.gz\\\"", listing.Text, StringComparison.Ordinal);
        WireResponse download = await server.Python.DownloadAsync(digest);
        Assert.True(content.AsSpan().SequenceEqual(download.Body));
    }

    [Theory]
    [InlineData("GET {cache}/{unknown} HTTP/1.1", "")]
    [InlineData("GET {cache}/nonsense HTTP/1.1", "")]
    [InlineData("HEAD {cache}/{empty} HTTP/1.1", "")]
    [InlineData("GET {cache}/{empty} HTTP/1.1", "")]
    [InlineData("GET {cache}/{empty} HTTP/1.1\r\nIf-None-Match: *", "")]
    [InlineData("GET {cache}/{empty} HTTP/1.1\r\nRange: bytes=5-", "")]
    [InlineData("POST {cache} HTTP/1.1\r\nContent-Length: 3", "abc")]
    [InlineData("PUT {cache}/{empty} HTTP/1.1\r\nContent-Length: 3", "abc")]
    [InlineData("PUT {cache}/nonsense HTTP/1.1\r\nContent-Length: 3", "abc")]
    [InlineData("DELETE {cache}/{empty} HTTP/1.1", "")]
    [InlineData("GET {dir}/{unknown} HTTP/1.1", "")]
    [InlineData("GET {dir}/.. HTTP/1.1", "")]
    [InlineData("PUT {dir}/conformance HTTP/1.1\r\nContent-Length: 3", "abc")]
    [InlineData("PUT {dir}/a%2Fb HTTP/1.1\r\nContent-Length: 3", "abc")]
    [InlineData("POST {dir}/conformance HTTP/1.1\r\nContent-Length: 3", "abc")]
    [InlineData("PUT {dir}/conformance HTTP/1.1\r\nContent-Length: 2000000", "abc")]
    [InlineData("GET {cache}/../nowhere HTTP/1.1", "")]
    public async Task AnyAnswer_ToConnectionClose_CarriesItAndCloses(string head, string body)
    {
        await server.Python.UploadAsync([]);
        string filled = head
            .Replace("{unknown}", Bytes.UnknownDigest(), StringComparison.Ordinal)
            .Replace("{empty}", Bytes.DigestOf([]), StringComparison.Ordinal);
        await using WireConnection connection = await server.OpenAsync(head);
        await connection.SendAsync(server.Head(filled + "\r\nConnection: close"));
        await connection.SendAsync(body);

        WireResponse response = await connection.ReceiveAsync(toHead: head.StartsWith("HEAD", StringComparison.Ordinal));

        Assert.True(response.HasConnectionClose, response.ToString());
        await connection.AssertClosedByServerAsync();
    }

    [Fact]
    public async Task ExistenceGet_ClosedAfterTheStatusLine_CostsNoDescriptorAndLogsNoError()
    {
        ServerProcess process = server.Process;
        byte[] content = Bytes.Fresh(8 * 1024 * 1024); // more than socket buffers hold, so that the server is in the middle of it
        await server.Python.UploadAsync(content);
        string digest = Bytes.DigestOf(content);
        for (int i = 0; i < 20; i++)
            Assert.True(await server.Python.ExistsAsync(digest));
        int before = process.OpenDescriptors;
        int logged = process.Output.Length;

        for (int i = 0; i < 300; i++)
            Assert.True(await server.Python.ExistsAsync(digest));
        for (int i = 0; i < 300; i++)
            Assert.False(await server.Python.ExistsAsync(Bytes.UnknownDigest()));

        // Closing is not instant on the server's side; other tests hold a few connections meanwhile.
        var since = Stopwatch.StartNew();
        while (process.OpenDescriptors > before + 100 && since.Elapsed < WireConnection.Limit)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.InRange(process.OpenDescriptors, 0, before + 100);
        string log = process.Output[logged..];
        Assert.DoesNotContain(digest, string.Join('\n', log.Split('\n').Where(IsTrouble)), StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", log, StringComparison.Ordinal);
        Assert.Equal(content.Length, (await server.Python.DownloadAsync(digest)).Body.Length);
    }

    [Theory]
    [InlineData("file-urlmd5:0123456789abcdef0123456789abcdef")]
    [InlineData("pypi:foo=1.0")]
    [InlineData("pypi-index-0123456789abcdef-foo>=1,<2")]
    [InlineData("slapos-buildout-0123456789abcdef0123456789abcdef")]
    [InlineData("git-buildout-0123456789abcdef0123456789abcdef")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    public async Task Keys_AsDeployedClientsWriteThem_AreNotEscaped(string key)
    {
        string own = $"{key}-{Convert.ToHexStringLower(Bytes.Fresh(8))}";
        string information = $"{{\"sha512\": \"{Bytes.UnknownDigest()}\"}}";

        Answer.HasStatus(201, await server.Python.PutEntryAsync(own, Entries.Pair(information, "")));

        WireResponse listing = await server.Python.ListAsync(own);
        Answer.HasStatus(200, listing);
        Assert.Equal([(information, "")], Entries.Read(listing));
    }

    private static bool IsTrouble(string line) =>
        line.Contains("fail", StringComparison.OrdinalIgnoreCase) || line.Contains("error", StringComparison.OrdinalIgnoreCase) ||
        line.Contains("warn", StringComparison.OrdinalIgnoreCase) || line.Contains("crit", StringComparison.OrdinalIgnoreCase);
}
