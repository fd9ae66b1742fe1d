using System.Diagnostics;
using Shacache.Client.Downloads;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;

namespace Shacache.Client.Tests.Downloads;

/// <summary>Whatever the cache does, the file comes from the origin, soon, with one warning.</summary>
public sealed class UnreliableCacheTests : IAsyncLifetime
{
    /// <summary>For servers that do not come to an end by themselves.</summary>
    private static readonly DownloadCacheOptions Hasty = new() { CacheTimeout = TimeSpan.FromMilliseconds(500) };

    /// <summary>For servers that answer at once: also on a busy machine that is not taken for a timeout.</summary>
    private static readonly DownloadCacheOptions Patient = new() { CacheTimeout = TimeSpan.FromSeconds(30) };

    /// <summary>No process listens there, and no other test gets the port.</summary>
    private const string Closed = "http://127.0.0.1:1";

    /// <summary>Far more than any of it takes, and far less than the timeouts of the servers that hang.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(12);

    private static readonly byte[] Bytes = Content.Random(300_000);

    private OriginServer _origin = null!;
    private string[] _urls = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _origin = await OriginServer.StartAsync(Token);
        _urls = [.. Enumerable.Range(0, 5).Select(i => _origin.Publish($"f{i}", Bytes))];
    }

    public async ValueTask DisposeAsync() => await _origin.DisposeAsync();

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NobodyListens_TakesTheOrigin()
    {
        using var machine = new BuildMachine(Closed, Closed);
        await AssertFetchesAsync(machine, Patient, "the network cache is not used: GET ");
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("hangs")]
    [InlineData("500")]
    [InlineData("403")]
    [InlineData("garbage")]
    [InlineData("no http")]
    [InlineData("drips")]
    [InlineData("redirects")]
    public async Task FetchToFileAsync_DirectoryMisbehaves_TakesTheOriginAndAsksNoMore(string way)
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            switch (way)
            {
                case "hangs":
                    await exchange.HangAsync();
                    break;
                case "garbage":
                    await exchange.AnswerAsync(200, "<html>Welcome to our portal</html>", "Content-Type: text/html");
                    break;
                case "no http":
                    await exchange.WriteAsync("220 mail.example.org ESMTP\r\n");
                    exchange.Close();
                    break;
                case "drips":
                    await DripAsync(exchange, "[");
                    break;
                case "redirects":
                    await exchange.AnswerAsync(302, "", $"Location: {exchange.Target}x");
                    break;
                default:
                    await exchange.AnswerAsync(int.Parse(way, System.Globalization.CultureInfo.InvariantCulture), "no\n");
                    break;
            }
        });
        using var machine = new BuildMachine(server.Url, server.Url);
        await AssertFetchesAsync(machine, way is "hangs" or "drips" ? Hasty : Patient, "the network cache is not used: ");
        Assert.DoesNotContain(server.Requests, request => request.StartsWith('P'));
        Assert.InRange(server.Requests.Count, 1, way == "redirects" ? 6 : 1);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("hangs")]
    [InlineData("drips")]
    public async Task FetchToFileAsync_ContentServerMisbehaves_TakesTheOrigin(string way)
    {
        await using CacheServer cache = await CacheServer.StartAsync(Token);
        using (var builder = BuildMachine.Of(cache))
            Assert.True((await builder.FetchAsync(_urls[0])).Contributed);
        await using var server = new ScriptedServer(exchange => way switch
        {
            "hangs" => exchange.HangAsync(),
            _ => DripAsync(exchange, "x"),
        });
        using var machine = new BuildMachine(cache.Url + "/shadir", server.Url);
        machine.Options = machine.Options with { StallTimeout = TimeSpan.FromSeconds(1) };
        long start = Stopwatch.GetTimestamp();

        FetchResult result = await machine.FetchAsync(_urls[0], Hasty);

        Assert.Equal((FetchSource.Origin, false), (result.Source, result.Contributed));
        Assert.Equal(Bytes, machine.Read("file"));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, Soon);
        Assert.StartsWith("the network cache is not used: ", Assert.Single(machine.Warnings), StringComparison.Ordinal);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("500", 1)]
    [InlineData("502", 1)]
    [InlineData("breaks", 1)]
    [InlineData("500", 5)]
    [InlineData("breaks", 5)]
    public async Task FetchToFileAsync_SomeContentIsBroken_OneDoesNotCostTheOthers_ManyDo(string way, int brokenCount)
    {
        var cache = new FakeCache();
        byte[][] contents = [.. _urls.Select((url, i) => Content.Random(300_000 + i))];
        string[] urls = [.. contents.Select((content, i) => _origin.Publish($"different-{i}", content))];
        string[] broken = [.. contents.Take(brokenCount).Select(content => Content.DigestOf(content).ToString())];
        await using (var healthy = new ScriptedServer(cache.AnswerAsync))
        {
            using var builder = new BuildMachine(healthy.Url, healthy.Url);
            foreach (string url in urls)
                Assert.True((await builder.FetchAsync(url)).Contributed);
        }

        await using var server = new ScriptedServer(exchange => exchange.Method == "POST" || !broken.Contains(exchange.Target.TrimStart('/')) ? cache.AnswerAsync(exchange)
            : way == "breaks" ? Content.ServeBrokenAsync(exchange, contents[broken.IndexOf(exchange.Target.TrimStart('/'))], 1000)
            : exchange.AnswerAsync(int.Parse(way, System.Globalization.CultureInfo.InvariantCulture), "broken\n"));
        using var machine = new BuildMachine(server.Url, server.Url);
        machine.Options = machine.Options with { MaxRetries = 1 };
        DownloadCache downloads = machine.Open(Patient);

        List<FetchSource> sources = [];
        foreach (string url in urls)
            sources.Add((await downloads.FetchToFileAsync(url, machine.PathOf("file"), null, null, Token)).Source);

        Assert.Equal([.. urls.Select((_, i) => i < brokenCount ? FetchSource.Origin : FetchSource.Cache)], sources);
        string[] warnings = [.. machine.Warnings];
        Assert.Equal(brokenCount == 1 ? 1 : 3, warnings.Length);
        Assert.StartsWith($"{urls[0]}: the copy in the network cache is of no use: ", warnings[0], StringComparison.Ordinal);
        if (brokenCount > 1)
            Assert.StartsWith("the network cache is not used: ", warnings[2], StringComparison.Ordinal);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FetchToFileAsync_HalfConfigured_TakesTheOriginAndWarns(bool hasDirectory)
    {
        await using CacheServer cache = await CacheServer.StartAsync(Token);
        using (var builder = BuildMachine.Of(cache))
            await builder.FetchAsync(_urls[0]);
        using var machine = new BuildMachine(hasDirectory ? cache.Url + "/shadir" : null, hasDirectory ? null : cache.Url + "/shacache");
        Assert.Equal(FetchSource.Origin, (await machine.FetchAsync(_urls[0])).Source);
        Assert.Contains($"download-{(hasDirectory ? "cache" : "dir")}-url", Assert.Single(machine.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_NoCacheConfigured_TakesTheOriginSilently()
    {
        using var machine = new BuildMachine(null, null);
        Assert.Equal(FetchSource.Origin, (await machine.FetchAsync(_urls[0])).Source);
        Assert.Empty(machine.Warnings);
        Assert.Throws<NetworkCacheConfigurationException>(() => machine.Open(new DownloadCacheOptions { UseOrigin = false }));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_FirstOfTwoServersHangs_TheSecondServes()
    {
        await using CacheServer cache = await CacheServer.StartAsync(Token);
        using (var builder = BuildMachine.Of(cache))
            await builder.FetchAsync(_urls[0]);
        await using var hanging = new ScriptedServer(exchange => exchange.HangAsync());
        using var machine = new BuildMachine($"{hanging.Url} {cache.Url}/shadir", $"{cache.Url}/shacache");
        FetchResult result = await machine.FetchAsync(_urls[0], Hasty with { CacheTimeout = TimeSpan.FromSeconds(6) });
        Assert.Equal(FetchSource.Cache, result.Source);
        Assert.Contains("timed out", Assert.Single(machine.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_UploadsFail_TheFilesAreThereWithOneWarning()
    {
        await using CacheServer cache = await CacheServer.StartAsync(Token);
        await using var full = new ScriptedServer(exchange => exchange.AnswerAsync(exchange.Method == "HEAD" ? 404 : 507, "no room\n"));
        using var machine = BuildMachine.Of(cache);
        machine.Options = machine.Options with
        {
            Servers = machine.Options.Servers with { UploadCache = [Client.Configuration.CacheUrl.Parse(full.Url)] },
        };
        await AssertFetchesAsync(machine, Patient, $"{_urls[0]} is not contributed to the network cache: ");
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_OfflineAndCacheDown_SaysThatItIsDown()
    {
        using var machine = new BuildMachine(Closed, Closed);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => machine.FetchAsync(_urls[0], new DownloadCacheOptions { UseOrigin = false }));
        Assert.Contains("is not to be had offline: GET ", e.Message, StringComparison.Ordinal);
        Assert.Empty(machine.Warnings);
    }

    /// <summary>Five files, one after the other: all are fetched, soon, with one warning.</summary>
    private async Task AssertFetchesAsync(BuildMachine machine, DownloadCacheOptions options, string warning)
    {
        DownloadCache downloads = machine.Open(options);
        long start = Stopwatch.GetTimestamp();
        foreach (string url in _urls)
        {
            File.Delete(machine.PathOf("file"));
            FetchResult result = await downloads.FetchToFileAsync(url, machine.PathOf("file"), null, null, Token);
            Assert.Equal((FetchSource.Origin, false), (result.Source, result.Contributed));
            Assert.Equal(Bytes, machine.Read("file"));
        }

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, Soon);
        Assert.StartsWith(warning, Assert.Single(machine.Warnings), StringComparison.Ordinal);
    }

    /// <summary>A byte now and then, for ever: no stall, and no use.</summary>
    private static async Task DripAsync(HttpExchange exchange, string drop)
    {
        await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\nContent-Type: application/json\r\n\r\n");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await timer.WaitForNextTickAsync(exchange.Stopped))
            await exchange.WriteAsync(drop);
    }
}
