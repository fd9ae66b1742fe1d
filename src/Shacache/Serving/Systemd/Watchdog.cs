using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Http.Accounts;

namespace Shacache.Cli.Serving.Systemd;

/// <summary>Tells the service manager that the server is alive, as long as it answers requests (<c>WatchdogSec=</c> of a unit).</summary>
/// <remarks>
/// Any answer counts, also that the stores are not able to serve: a restart does not help a full disk. The operator's socket is asked, for which
/// there is always room; without it the first address, where a connection that is closed unanswered counts, too, as one over the limit is.
/// </remarks>
internal sealed partial class Watchdog(ServiceManager manager, WatchdogTiming timing, IServer server, TimeProvider time, ILogger<Watchdog> logger) : BackgroundService
{
    private static readonly byte[] Request = Encoding.ASCII.GetBytes("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(timing.Interval, time);
        bool answered = true;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                bool answers = await AnswersAsync(stoppingToken);
                if (answers)
                    manager.TellAlive();
                else if (answered)
                    LogSilence(logger, timing.Patience.TotalSeconds);
                answered = answers;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var limited = new CancellationTokenSource(timing.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        try
        {
            EndPoint endpoint = FindEndPoint();
            using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(endpoint, either.Token);
            await socket.SendAsync(Request, either.Token);
            int received = await socket.ReceiveAsync(new byte[Request.Length], either.Token);
            return received > 0 || endpoint is IPEndPoint;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private EndPoint FindEndPoint()
    {
        ICollection<string> addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses;
        string address = addresses.FirstOrDefault(one => one.EndsWith(AdminSocket.FileName, StringComparison.Ordinal)) ?? addresses.First();
        const string unix = "http://unix:";
        if (address.StartsWith(unix, StringComparison.Ordinal))
            return new UnixDomainSocketEndPoint(address[unix.Length..]);
        var url = new Uri(address);
        return new IPEndPoint(LoopbackOf(url.Host.Trim('[', ']')), url.Port);
    }

    private static IPAddress LoopbackOf(string host) =>
        IPAddress.TryParse(host, out IPAddress? address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) ? address : IPAddress.Loopback;

    [LoggerMessage(5040, LogLevel.Error, "The server did not answer itself within {Seconds} s; the service manager is not told that it is alive, and restarts it if that goes on")]
    private static partial void LogSilence(ILogger logger, double seconds);
}

/// <summary>How often the service manager is to be told.</summary>
/// <param name="Interval">From one time to the next: half of what it waits for.</param>
internal sealed record WatchdogTiming(TimeSpan Interval)
{
    private const string Variable = "WATCHDOG_USEC";
    private const string ProcessVariable = "WATCHDOG_PID";
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>How long the server has for its answer: so that it and the interval are shorter together than the manager waits.</summary>
    public TimeSpan Patience => Interval / 2;

    /// <summary>What the environment asks for; null when it asks for nothing.</summary>
    public static WatchdogTiming? Find(Func<string, string?> environment)
    {
        if (environment(ProcessVariable) is { } process && process != $"{Environment.ProcessId}")
            return null;
        return long.TryParse(environment(Variable), out long microseconds) && microseconds >= 4000
            ? new WatchdogTiming(TimeSpan.FromMicroseconds(Math.Min(microseconds, Longest.TotalMicroseconds) / 2))
            : null;
    }
}

/// <summary>Adds it where the service manager expects signs of life.</summary>
internal static class WatchdogRegistration
{
    /// <param name="services">The server's services.</param>
    /// <param name="manager">Who is told; null where there is none.</param>
    public static IServiceCollection AddWatchdog(this IServiceCollection services, ServiceManager? manager)
    {
        if (manager is not null && WatchdogTiming.Find(Environment.GetEnvironmentVariable) is { } timing)
            services.AddSingleton(manager).AddSingleton(timing).AddHostedService<Watchdog>();
        return services;
    }
}
