using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shacache.Transport;

namespace Shacache.Http.Tests.Connections;

/// <summary>Two servers that differ only in their transport get the same bytes, and must answer with the same bytes.</summary>
/// <remarks>SHACACHE_TEST_SEEDS=FIRST:COUNT takes other seeds than those of every run.</remarks>
public sealed partial class TransportComparisonTests
{
    private const int Lanes = 4;

    // Longer than a busy machine needs between two pieces of a request.
    private static readonly TimeSpan LongTimeout = TimeSpan.FromSeconds(15);
    [Fact]
    public async Task SameBytes_OverBothTransports_GetTheSameAnswers()
    {
        await using TestServer own = await StartAsync(TransportKind.Shacache, LongTimeout);
        await using TestServer kestrels = await StartAsync(TransportKind.Kestrel, LongTimeout);
        (int first, int count) = Seeds();
        int next = first - 1;
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var seed && seed < first + count)
                await CompareAsync(own, kestrels, seed, new ConnectionScript(seed).Pieces);
        })));
    }

    /// <summary>Requests that end in their middle: the server's own timeouts end them, and say so.</summary>
    [Theory]
    [InlineData("GET /healthz HT")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("POST /shacache HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")]
    [InlineData("POST /shacache HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhal")]
    [InlineData("PUT /shadir/key HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("")]
    public async Task TruncatedBytes_OverBothTransports_GetTheSameAnswers(string bytes)
    {
        await using TestServer own = await StartAsync(TransportKind.Shacache, TimeSpan.FromSeconds(2));
        await using TestServer kestrels = await StartAsync(TransportKind.Kestrel, TimeSpan.FromSeconds(2));

        await CompareAsync(own, kestrels, seed: 0, [bytes]);
    }

    private static (int First, int Count) Seeds()
    {
        if (Environment.GetEnvironmentVariable("SHACACHE_TEST_SEEDS") is not { Length: > 0 } given)
            return (1, 100);
        int[] numbers = [.. given.Split(':').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return (numbers[0], numbers[1]);
    }

    private static async Task<TestServer> StartAsync(TransportKind transport, TimeSpan timeout)
    {
        TestServer server = await TestServer.StartAsync(transport: transport, kestrel: kestrel =>
        {
            kestrel.Limits.RequestHeadersTimeout = timeout;
            kestrel.Limits.KeepAliveTimeout = timeout;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1, gracePeriod: timeout);
        });
        foreach (byte[] content in ConnectionScript.Stored)
        {
            using var body = new ByteArrayContent(content);
            (await server.Client.PostAsync(new Uri("shacache", UriKind.Relative), body, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        return server;
    }

    private static async Task CompareAsync(TestServer own, TestServer kestrels, int seed, IReadOnlyList<string> pieces)
    {
        string[] answers = await Task.WhenAll(ExchangeAsync(own, pieces), ExchangeAsync(kestrels, pieces));
        if (answers[0] == answers[1])
            return;
        int at = answers[0].Zip(answers[1]).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.Fail($"""
            Seed {seed}: the answers ({answers[0].Length} and {answers[1].Length} bytes) differ at byte {at}.
            Sent: {string.Join(" | ", pieces.Select(Shorten))}
            Here: {Shorten(answers[0][Math.Max(0, at - 200)..])}
            Kestrel's: {Shorten(answers[1][Math.Max(0, at - 200)..])}
            """);
    }

    /// <returns>All answers, without what two moments or two servers differ in.</returns>
    private static async Task<string> ExchangeAsync(TestServer server, IReadOnlyList<string> pieces)
    {
        using RawConnection connection = await server.ConnectAsync();
        Task<string> reading = connection.ReadToEndAsync();
        try
        {
            foreach (string piece in pieces)
                await connection.SendAsync(piece);
        }
        catch (SocketException)
        {
            // Closed before everything was sent: a difference, unless both do.
        }

        return Date().Replace(await reading, "");
    }

    private static string Shorten(string bytes) => Regex.Escape(bytes.Length <= 1000 ? bytes : $"{bytes[..700]}[...]{bytes[^200..]}");

    [GeneratedRegex("^Date: [^\r]*\r\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Date();
}
