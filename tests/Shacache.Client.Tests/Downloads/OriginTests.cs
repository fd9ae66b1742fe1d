using Shacache.Client.Checksums;
using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;

namespace Shacache.Client.Tests.Downloads;

/// <summary>Origins that break off, redirect, and change meanwhile.</summary>
public sealed class OriginTests
{
    private static readonly byte[] Bytes = Content.Random(300_000);
    private static readonly byte[] Others = Content.Random(250_000, seed: 2);

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("ETag: \"1\"", "\"1\"")]
    [InlineData("Last-Modified: Thu, 02 Jan 2020 03:04:05 GMT", "Thu, 02 Jan 2020 03:04:05 GMT")]
    public async Task FetchToFileAsync_BreaksOff_GoesOnThere(string validator, string condition)
    {
        await using var server = new ScriptedServer(exchange => exchange.Number == 1
            ? Content.ServeBrokenAsync(exchange, Bytes, 100_000, "Accept-Ranges: bytes", validator)
            : Content.ServeAsync(exchange, Bytes, validator));
        using var machine = new BuildMachine(null, null);
        await machine.FetchAsync($"{server.Url}/file?version=1#top", null, Checksum.Parse(ChecksumAlgorithm.Sha512, Content.DigestOf(Bytes).ToString()));
        Assert.Equal(Bytes, machine.Read("file"));
        Assert.Equal(["GET /file?version=1", "GET /file?version=1"], server.Requests);
        IReadOnlyDictionary<string, string> second = server.Headers.Last();
        Assert.StartsWith("bytes=", second["Range"], StringComparison.Ordinal);
        Assert.Equal(condition, second["If-Range"]);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("ETag: \"1\"")]
    [InlineData("ETag: W/\"1\"")]
    [InlineData("X-Nothing: known")]
    public async Task FetchToFileAsync_ChangesAfterABreak_NeverMixesTheTwo(string validator)
    {
        await using var server = new ScriptedServer(exchange => exchange.Number == 1
            ? Content.ServeBrokenAsync(exchange, Bytes, 100_000, "Accept-Ranges: bytes", validator)
            : exchange.AnswerAsync(200, Others, "ETag: \"2\""));
        using var machine = new BuildMachine(null, null);
        FetchResult result = await machine.FetchAsync($"{server.Url}/file");
        Assert.Equal(Content.DigestOf(Others), result.Digest);
        Assert.Equal(Others, machine.Read("file"));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("bytes 0-299999/300000")]
    [InlineData("bytes 100000-299999/400000")]
    public async Task FetchToFileAsync_AnotherRangeComes_BeginsAnew(string range)
    {
        await using var server = new ScriptedServer(exchange => exchange.Number switch
        {
            1 => Content.ServeBrokenAsync(exchange, Bytes, 100_000, "Accept-Ranges: bytes", "ETag: \"1\""),
            2 => exchange.AnswerAsync(206, Others[..200_000], $"Content-Range: {range}"),
            _ => Content.ServeAsync(exchange, Bytes),
        });
        using var machine = new BuildMachine(null, null);
        await machine.FetchAsync($"{server.Url}/file");
        Assert.Equal(Bytes, machine.Read("file"));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FetchToFileAsync_OnlyTheConnectionEnds_IsContributedWithAChecksumOnly(bool withChecksum)
    {
        await using var origin = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            await exchange.WriteAsync(Bytes);
            exchange.Close();
        });
        await using CacheServer cache = await CacheServer.StartAsync(TestContext.Current.CancellationToken);
        using BuildMachine machine = BuildMachine.Of(cache);

        FetchResult result = await machine.FetchAsync(
            $"{origin.Url}/file", null, withChecksum ? [Checksum.Parse(ChecksumAlgorithm.Sha512, Content.DigestOf(Bytes).ToString())] : []);

        Assert.Equal((FetchSource.Origin, withChecksum), (result.Source, result.Contributed));
        Assert.Equal(Bytes, machine.Read("file"));
    }

    /// <summary>Two readers could take such an answer for two files.</summary>
    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")]
    [InlineData("Content-Length: 4\r\nContent-Length: 3\r\n\r\nabcd")]
    [InlineData("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 3, 4\r\n\r\nabcd")]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n")]
    public async Task FetchToFileAsync_AnswerContradictsItself_IsNotTaken(string rest)
    {
        await using var origin = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nConnection: close\r\n{rest}");
            exchange.Close();
        });
        await using CacheServer cache = await CacheServer.StartAsync(TestContext.Current.CancellationToken);
        using BuildMachine machine = BuildMachine.Of(cache);
        await Assert.ThrowsAnyAsync<NetworkCacheException>(() => machine.FetchAsync($"{origin.Url}/file"));
        Assert.Empty(machine.Names);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("/~a/-b/%C3%A9//c/../d")]
    [InlineData("/%7Ea/%2Db/%2e%2E/%2f")]
    [InlineData("/a+b%2Bc%2bd?x=%7E+%20")]
    public async Task FetchToFileAsync_AnyUrl_IsAskedForAndListedAsGiven(string target)
    {
        await using var origin = new ScriptedServer(exchange => exchange.Number == 1
            ? exchange.AnswerAsync(302, "", $"Location: {target}&again")
            : Content.ServeAsync(exchange, Bytes));
        await using CacheServer cache = await CacheServer.StartAsync(TestContext.Current.CancellationToken);
        using BuildMachine machine = BuildMachine.Of(cache);
        Assert.True((await machine.FetchAsync(origin.Url + target)).Contributed);
        Assert.Equal([$"GET {target}", $"GET {target}&again"], origin.Requests);
        using var client = new NetworkCacheClient(machine.Options);
        SelectedEntry entry = Assert.Single(await client.SelectAsync(EntryKeys.ForUrl(origin.Url + target), TestContext.Current.CancellationToken));
        Assert.Contains($"\"url\": \"{origin.Url}{target}\"", entry.Entry.Information, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NeverWhole_LeavesNothing()
    {
        await using var server = new ScriptedServer(exchange => Content.ServeBrokenAsync(exchange, Bytes, 1000));
        using var machine = new BuildMachine(null, null);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(() => machine.FetchAsync($"{server.Url}/file"));
        Assert.Contains("(after 1000 bytes)", e.Message, StringComparison.Ordinal);
        Assert.Empty(machine.Names);
        Assert.Equal(1 + machine.Options.MaxRetries, server.Requests.Count);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public async Task FetchToFileAsync_Redirects_AreFollowedUpToTheBound(int redirects, bool arrives)
    {
        await using var server = new ScriptedServer(exchange => exchange.Number <= redirects
            ? exchange.AnswerAsync(302, "", $"Location: /{exchange.Number}")
            : Content.ServeAsync(exchange, Bytes));
        using var machine = new BuildMachine(null, null);
        Task<FetchResult> fetch = machine.FetchAsync($"{server.Url}/file");
        if (arrives)
        {
            Assert.Equal(Content.DigestOf(Bytes), (await fetch).Digest);
            return;
        }

        NetworkCacheException e = await Assert.ThrowsAnyAsync<NetworkCacheException>(() => fetch);
        Assert.Contains("redirected more than 5 times", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NotThere_SaysWhatTheOriginAnswered()
    {
        await using OriginServer origin = await OriginServer.StartAsync(TestContext.Current.CancellationToken);
        using var machine = new BuildMachine(null, null);
        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(() => machine.FetchAsync($"{origin.Url}/none"));
        Assert.Equal($"GET {origin.Url}/none: the server answered 404 Not Found.", e.Message);
        Assert.Empty(machine.Names);
        Assert.Single(origin.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_ThroughAProxy_Arrives()
    {
        await using OriginServer origin = await OriginServer.StartAsync(TestContext.Current.CancellationToken);
        await using var proxy = new ForwardingProxy();
        using var machine = new BuildMachine(null, null);
        machine.Options = machine.Options with
        {
            Proxy = new Client.Http.EnvironmentProxy(name => name == "http_proxy" ? $"http://{proxy.Authority}" : null),
        };
        string url = origin.Publish("file", Bytes);
        await machine.FetchAsync(url);
        Assert.Equal(Bytes, machine.Read("file"));
        Assert.Equal([$"GET {url}"], proxy.Forwarded);
    }

    [Theory]
    [InlineData("https://example.org/a/foo-1.2.tar.gz?x=/y", "foo-1.2.tar.gz")]
    [InlineData("https://example.org/a%20b%2Bc", "a b+c")]
    [InlineData("https://example.org/a/", null)]
    [InlineData("https://example.org", null)]
    [InlineData("https://example.org/a%2Fb", null)]
    [InlineData("https://example.org/x/..%2F..%2Fetc", null)]
    [InlineData("https://example.org/%2E%2E", null)]
    [InlineData("https://example.org/a%00b", null)]
    public void FindFileName_Url_IsTheLastSegmentWhenThatIsAName(string url, string? name) => Assert.Equal(name, DownloadCache.FindFileName(url));

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.org/file")]
    [InlineData("http://")]
    [InlineData("https://user:secret@")]
    public void FindFileName_NoSuchUrl_SaysSoWithoutThePassword(string url)
    {
        FormatException e = Assert.Throws<FormatException>(() => DownloadCache.FindFileName(url));
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }
}
