using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Shacache.Http.AccessLogs;
using Shacache.Testing;

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

    [Theory]
    [InlineData("/fetch/https/example.org/f.tar.gz?a=1&access_token=sesame", "/fetch/https/example.org/f.tar.gz?a=1&access_token=***")]
    [InlineData("/fetch/http/user:sesame@example.org/f", "/fetch/http/***@example.org/f")]
    [InlineData("/fetch/https/example.org/ghp_sesame0123456789012345678901234567/f", "/fetch/https/example.org/***/f")]
    [InlineData("/mirror/forget?url=https%3A%2F%2Fuser:sesame@example.org%2Ff", "/mirror/forget?***")]
    [InlineData("/fetch/https/example.org/f?b=2", "/fetch/https/example.org/f?b=2")]
    [InlineData("/https", "/https")]
    public async Task Add_CredentialInTheTarget_IsNotShown(string target, string shown)
    {
        await using TestServer server = await TestServer.StartAsync(accessLog: true);
        await server.ExchangeAsync($"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await server.StopAsync();

        string line = Assert.Single(await File.ReadAllLinesAsync(server.AccessLogPath, TestContext.Current.CancellationToken));

        Assert.Contains($"\"GET {shown} HTTP/1.1\" ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_PipeThatNobodyReads_IsReportedAndNotWaitedFor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes with a name.");
        using var folder = new TemporaryFolder();
        using (Process make = Process.Start("mkfifo", folder["access.log"]))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var recorder = new LogRecorder();
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(recorder));
        using var log = new AccessLog(folder["access.log"], TimeProvider.System, loggers.CreateLogger<AccessLog>());

        await log.StartAsync(TestContext.Current.CancellationToken);
        await log.StopAsync(TestContext.Current.CancellationToken);

        Assert.Contains("cannot be written", Assert.Single(recorder.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_FileWasCopiedAndCutOff_GoesOnAtItsBeginning()
    {
        await using TestServer server = await TestServer.StartAsync(accessLog: true);
        await server.ExchangeAsync("GET /first HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await Eventually.IsTrueAsync(() => Task.FromResult(new FileInfo(server.AccessLogPath).Length > 0));

        // As logrotate does with copytruncate.
        await using (FileStream file = new(server.AccessLogPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            file.SetLength(0);
        await server.ExchangeAsync("GET /second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await server.StopAsync();

        Assert.StartsWith("127.0.0.1 - - [", await File.ReadAllTextAsync(server.AccessLogPath, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("/second", Assert.Single(await File.ReadAllLinesAsync(server.AccessLogPath, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_FileCannotBeWritten_SaysSoAtOnce_AndWritesOnceItCan()
    {
        using var folder = new TemporaryFolder();
        using var recorder = new LogRecorder();
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(recorder));
        string path = Path.Join(folder["logs"], "access.log");
        using var log = new AccessLog(path, TimeProvider.System, loggers.CreateLogger<AccessLog>());

        await log.StartAsync(TestContext.Current.CancellationToken);

        Assert.Contains($"The access log {path} cannot be written", Assert.Single(recorder.Lines).Text, StringComparison.Ordinal);
        Directory.CreateDirectory(folder["logs"]);
        log.Add(new AccessLogEntry(DateTimeOffset.UtcNow, null, "GET", "/late", "HTTP/1.1", 200, 0, null, TimeSpan.Zero));
        await log.StopAsync(TestContext.Current.CancellationToken);
        Assert.Contains("/late", Assert.Single(await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "".*"" \d{3} \d+ ""-"" "".*"" \d+\.\d$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CombinedLine();
}
