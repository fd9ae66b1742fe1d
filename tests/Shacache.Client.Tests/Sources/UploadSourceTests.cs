using System.Text;
using Shacache.Client.Checksums;
using Shacache.Client.Errors;
using Shacache.Client.Sources;
using Shacache.Client.Tests.Servers;
using Shacache.Testing;

namespace Shacache.Client.Tests.Sources;

/// <summary>What a URL's server sends, and whether it may be everybody's under that URL.</summary>
public sealed class UploadSourceTests
{
    private static readonly byte[] Bytes = Content.Random(100_000);
    private static readonly UploadSourceOptions WithChecksum = new() { Checksums = [Checksum.Parse(ChecksumAlgorithm.Sha512, Content.DigestOf(Bytes).ToString())] };

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", true)]
    public async Task OpenUrlAsync_OnlyTheConnectionEnds_IsRefusedWithoutAChecksum(string head, bool withChecksum)
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync(head);
            await exchange.WriteAsync(Bytes);
            exchange.Close();
        });
        Task<Stream> open = OpenAsync(server.Url + "/file", withChecksum ? WithChecksum : null);
        if (withChecksum)
        {
            Assert.Equal(Bytes, await ReadAsync(await open));
            return;
        }

        NetworkCacheException e = await Assert.ThrowsAsync<NetworkCacheException>(() => open);
        Assert.Equal(
            $"{server.Url}/file: the server did not say where the file ends, and its connection ended after 100000 bytes: that may be a part of it. " +
            "Nothing is uploaded; give a checksum of the file, such as --sha256, to have it verified.", e.Message);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 100000\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186A0\r\n")]
    public async Task OpenUrlAsync_TheAnswerSaysWhereItEnds_IsTaken(string head)
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync(head);
            await exchange.WriteAsync(Bytes);
            if (head.Contains("chunked", StringComparison.Ordinal))
                await exchange.WriteAsync("\r\n0\r\n\r\n");
            exchange.Close();
        });
        Assert.Equal(Bytes, await ReadAsync(await OpenAsync(server.Url + "/file")));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task OpenUrlAsync_OtherChecksum_IsRefused()
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(200, "other"));
        await Assert.ThrowsAsync<ChecksumMismatchException>(() => OpenAsync(server.Url + "/file", WithChecksum));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("/a.tar.gz", "text/html", "<!DOCTYPE html><html>login</html>", true)]
    [InlineData("/a.zip?x=1", "application/octet-stream", "\u00ef\u00bb\u00bf \n<HTML><head></head></HTML>", true)]
    [InlineData("/a.tar.gz/download", "text/html", "choose a mirror", true)]
    [InlineData("/get?file=a.whl", "text/html; charset=utf-8", "", true)]
    [InlineData("/a.patch", "text/html", "<?xml version=\"1.0\"?><html/>", true)]
    [InlineData("/a.tar.gz", "text/html", "\u001f\u008b\u0008\0\0\0", false)]
    [InlineData("/a.tar.gz", "text/plain", "a < b", false)]
    [InlineData("/a.html", "text/html", "<html>", false)]
    [InlineData("/a.zip/index.html", "text/html", "<html>", false)]
    [InlineData("/simple/foo/", "text/html", "<html>", false)]
    public async Task OpenUrlAsync_WebPageWhereAnArchiveWasAskedFor_IsRefused(string target, string type, string body, bool isRefused)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(body);
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(200, bytes, $"Content-Type: {type}"));
        if (isRefused)
        {
            NetworkCacheException e = await Assert.ThrowsAsync<NetworkCacheException>(() => OpenAsync(server.Url + target));
            Assert.Contains("what was to be uploaded is a web page", e.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(bytes, await ReadAsync(await OpenAsync(server.Url + target)));
        }

        Assert.Equal(bytes, await ReadAsync(await OpenAsync(server.Url + target, new UploadSourceOptions { AllowWebPage = true })));
    }

    /// <summary>A file of this machine is to be everybody's under a URL, too.</summary>
    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("https://example.org/a.tar.gz", "<!DOCTYPE html><html>login</html>", true)]
    [InlineData("https://example.org/a.html", "<!DOCTYPE html><html>login</html>", false)]
    [InlineData("https://example.org/a.tar.gz", "\u001f\u008b\u0008\0\0\0", false)]
    [InlineData(null, "<!DOCTYPE html><html>login</html>", false)]
    public async Task OpenFileAsync_WebPageWhereTheUrlNamesAnArchive_IsRefused(string? url, string body, bool isRefused)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Encoding.Latin1.GetBytes(body);
        File.WriteAllBytes(folder["a.tar.gz"], bytes);
        var source = new UploadSourceOptions { Url = url };
        if (isRefused)
        {
            NetworkCacheException e = await Assert.ThrowsAsync<NetworkCacheException>(() => OpenFileAsync(folder["a.tar.gz"], source));
            Assert.StartsWith($"{url}: what was to be uploaded is a web page", e.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<NetworkCacheException>(() => OpenAsync($"file://{folder["a.tar.gz"]}"));
        }

        Assert.Equal(bytes, await ReadAsync(await OpenFileAsync(folder["a.tar.gz"], source with { AllowWebPage = isRefused })));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task OpenUrlAsync_FileUrlWithChecksums_ComparesThem()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["right"], Bytes);
        File.WriteAllBytes(folder["wrong"], Bytes[1..]);
        Assert.Equal(Bytes, await ReadAsync(await OpenAsync($"file://{folder["right"]}", WithChecksum)));
        ChecksumMismatchException e = await Assert.ThrowsAsync<ChecksumMismatchException>(() => OpenAsync($"file://{folder["wrong"]}", WithChecksum));
        Assert.Contains($"wrong has sha512:{Content.DigestOf(Bytes[1..])}, not {WithChecksum.Checksums[0]}. Nothing is uploaded.", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task OpenUrlAsync_AnyPath_IsAskedForAsGiven()
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(200, Bytes));
        foreach (string target in new[] { "/~a/-/%C3%A9//b/../c", "/%7Ea/%2D/%2e%2e/x", "/a?b=%7E+%2B" })
            await (await OpenAsync(server.Url + target + "#part")).DisposeAsync();
        Assert.Equal(["GET /~a/-/%C3%A9//b/../c", "GET /%7Ea/%2D/%2e%2e/x", "GET /a?b=%7E+%2B"], server.Requests);
    }

    private static Task<Stream> OpenAsync(string url, UploadSourceOptions? source = null) => UploadSource.OpenUrlAsync(
        url, new Client.Configuration.NetworkCacheOptions { MaxRetries = 0, Proxy = new Client.Http.EnvironmentProxy(_ => null) }, source, null,
        TestContext.Current.CancellationToken);

    private static Task<Stream> OpenFileAsync(string path, UploadSourceOptions source) =>
        UploadSource.OpenFileAsync(path, new Client.Configuration.NetworkCacheOptions(), source, null, TestContext.Current.CancellationToken);

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        using var copy = new MemoryStream();
        await using (stream)
            await stream.CopyToAsync(copy, TestContext.Current.CancellationToken);
        return copy.ToArray();
    }
}
