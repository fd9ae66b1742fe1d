using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Client.Tests.Http;

public sealed class TimeoutTests
{
    private static readonly byte[] Bytes = Content.Random(2_000_000);
    private static readonly Digest Name = Content.DigestOf(Bytes);

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_ServerNeverAnswers_TimesOut()
    {
        await using var server = new ScriptedServer(exchange => exchange.HangAsync());
        using TestClient client = TestClient.For(
            options => Patient(options) with { ConnectTimeout = TimeSpan.FromSeconds(1), FirstByteTimeout = TimeSpan.FromMilliseconds(100), MaxRetries = 1 }, server);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Contains("timed out: no answer within", e.Message, StringComparison.Ordinal);
        Assert.Contains("attempt 2 of 2", Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_ServerStalls_ResumesAtTheNextAttempt()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Number > 1)
            {
                await Content.ServeAsync(exchange, Bytes);
                return;
            }

            await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nAccept-Ranges: bytes\r\nContent-Length: {Bytes.Length}\r\n\r\n");
            await exchange.WriteAsync(Bytes.AsMemory(0, 1000));
            await exchange.HangAsync();
        });
        using TestClient client = TestClient.For(options => Patient(options) with { StallTimeout = TimeSpan.FromSeconds(2), MaxRetries = 1 }, server);
        var destination = new MemoryStream();

        await client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, destination.ToArray());
        Assert.Equal("bytes=1000-", server.Headers.Last()["Range"]);
        Assert.Contains("(after 1000 bytes): timed out: no further byte within", Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_ServerDrips_TimesOut()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Bytes.Length}\r\n\r\n");
            await DripAsync(exchange);
        });
        using TestClient client = TestClient.For(options => Patient(options) with { StallTimeout = TimeSpan.FromSeconds(1) }, server);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Matches("timed out: (only [0-9]+ bytes|no further byte) within 1 s", e.Message);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task SelectAsync_ListingDrips_TimesOut()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n[");
            await DripAsync(exchange);
        });
        using TestClient client = TestClient.For(options => Patient(options) with { StallTimeout = TimeSpan.FromSeconds(1) }, server);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.SelectAsync(EntryKey.Create("k"), TestContext.Current.CancellationToken));
        Assert.Matches("timed out: (only [0-9]+ bytes|no further byte) within 1 s", e.Message);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_ServerStopsReading_TimesOut()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method == "HEAD")
            {
                await exchange.AnswerAsync(404);
                return;
            }

            await exchange.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await exchange.HangAsync();
        });
        using TestClient client = TestClient.For(options => Patient(options) with { StallTimeout = TimeSpan.FromSeconds(1) }, server);
        byte[] large = new byte[64 * 1024 * 1024];
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.UploadAsync(new MemoryStream(large), null, TestContext.Current.CancellationToken));
        Assert.Contains("timed out: no byte taken by the server within", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_NoAnswerToTheBody_TimesOut()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method == "HEAD")
            {
                await exchange.AnswerAsync(404);
                return;
            }

            await exchange.ReadBodyAsync();
            await exchange.HangAsync();
        });
        using TestClient client = TestClient.For(options => Patient(options) with { FirstByteTimeout = TimeSpan.FromSeconds(1) }, server);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.UploadAsync(new MemoryStream(Bytes), null, TestContext.Current.CancellationToken));
        Assert.Contains("no answer after the last byte was sent", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task SelectAsync_ListingStalls_TimesOut()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[");
            await exchange.HangAsync();
        });
        using TestClient client = TestClient.For(options => Patient(options) with { StallTimeout = TimeSpan.FromSeconds(1) }, server);
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.SelectAsync(EntryKey.Create("k"), TestContext.Current.CancellationToken));
        Assert.Contains("no further byte", e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_CancelledWhileRetrying_StopsAtOnce()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(503));
        using TestClient client = TestClient.For(
            options => options with { RetryDelay = TimeSpan.FromMinutes(5), MaxRetryDelay = TimeSpan.FromMinutes(5), OnWarning = _ => cancel.Cancel() },
            server);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Client.DownloadAsync(Name, new MemoryStream(), null, cancel.Token));
        Assert.Single(server.Requests);
    }

    private static async Task DripAsync(HttpExchange exchange)
    {
        while (!exchange.Stopped.IsCancellationRequested)
        {
            await exchange.WriteAsync(" ");
            await Task.Delay(50, exchange.Stopped);
        }
    }

    /// <summary>Each timeout but the one that is tested is longer than any pause of a busy machine.</summary>
    private static NetworkCacheOptions Patient(NetworkCacheOptions options) => options with
    {
        ConnectTimeout = TimeSpan.FromSeconds(30),
        FirstByteTimeout = TimeSpan.FromSeconds(30),
        StallTimeout = TimeSpan.FromSeconds(30),
        MaxRetries = 0,
    };
}
