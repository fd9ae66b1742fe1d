using Shacache.Cli.Serving.Systemd;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Systemd;

/// <summary>A server tells the service manager what systemd's documentation of sd_notify asks for.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Serve_ManagerWaits_IsToldOfReadinessLifeAndEnd(bool isAbstract)
    {
        using var socket = new NotificationSocket(isAbstract ? $"@shacache-{Guid.NewGuid()}" : _folder["notify"]);
        using ServerProcess server = await ServerProcess.StartInAsync(
            new() { ["NOTIFY_SOCKET"] = socket.Name, ["WATCHDOG_USEC"] = "8000000" }, "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");

        Assert.Equal(["READY=1", $"STATUS=Listening on {server.Url.GetLeftPart(UriPartial.Authority)}"], await socket.ReceiveAsync());
        Assert.Equal(["WATCHDOG=1"], await socket.ReceiveAsync());
        await server.TerminateAsync();
        string[] last;
        do
            last = await socket.ReceiveAsync();
        while (last is ["WATCHDOG=1"]);
        Assert.Equal(["STOPPING=1", "STATUS=Running requests have 20s to finish"], last);
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task Serve_ManagerIsGone_ServesAndSaysSo()
    {
        using ServerProcess server = await ServerProcess.StartInAsync(
            new() { ["NOTIFY_SOCKET"] = _folder["gone"] }, "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");

        Assert.Contains(_folder["gone"], await server.WaitForLineAsync("cannot be told that the server is ready"), StringComparison.Ordinal);
        await server.TerminateAsync();
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Theory]
    [InlineData("30000000", null, 15_000)]
    [InlineData("30000000", "own", 15_000)]
    [InlineData("30000000", "1", null)]
    [InlineData(null, null, null)]
    [InlineData("soon", null, null)]
    [InlineData("0", null, null)]
    [InlineData("18446744073709551615", null, null)]
    public void FindTiming_Environment_IsHalfOfWhatIsAskedOfThisProcess(string? microseconds, string? process, int? intervalMs)
    {
        string? Environment(string name) => name switch
        {
            "WATCHDOG_USEC" => microseconds,
            "WATCHDOG_PID" => process == "own" ? $"{System.Environment.ProcessId}" : process,
            _ => null,
        };

        Assert.Equal(intervalMs, (int?)WatchdogTiming.Find(Environment)?.Interval.TotalMilliseconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("@")]
    [InlineData("vsock:2:1234")]
    public void FindManager_NoSocketOfThisMachine_IsNone(string? name) => Assert.Null(ServiceManager.Find(_ => name));
}
