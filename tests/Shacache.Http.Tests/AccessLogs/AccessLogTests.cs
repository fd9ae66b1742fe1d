using System.Text.RegularExpressions;

namespace Shacache.Http.Tests.AccessLogs;

public sealed partial class AccessLogTests
{
    [Fact]
    public async Task Stop_AfterRequests_EachHasItsLine()
    {
        await using TestServer server = await TestServer.StartAsync(accessLog: true);
        await server.ExchangeAsync("GET /healthz HTTP/1.1\r\nHost: x\r\nUser-Agent: agent\r\nConnection: close\r\n\r\n");
        await server.ExchangeAsync("GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await server.StopAsync();

        string[] lines = await File.ReadAllLinesAsync(server.AccessLogPath, TestContext.Current.CancellationToken);

        Assert.Equal(2, lines.Length);
        Assert.Matches(CombinedLine(), lines[0]);
        Assert.Contains("\"GET /healthz HTTP/1.1\" 200 3 \"-\" \"agent\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"GET /nowhere HTTP/1.1\" 404 ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_QuotesInWhatTheClientChose_CannotForgeALine()
    {
        await using TestServer server = await TestServer.StartAsync(accessLog: true);
        await server.ExchangeAsync("GET /\"a HTTP/1.1\r\nHost: x\r\nUser-Agent: a\" 200 \\\t\"\r\nConnection: close\r\n\r\n");
        await server.StopAsync();

        string line = Assert.Single(await File.ReadAllLinesAsync(server.AccessLogPath, TestContext.Current.CancellationToken));

        Assert.Contains("GET /\\x22a HTTP/1.1", line, StringComparison.Ordinal);
        Assert.Contains("\"a\\x22 200 \\x5C\\x09\\x22\"", line, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "".*"" \d{3} \d+ ""-"" "".*"" \d+\.\d$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CombinedLine();
}
