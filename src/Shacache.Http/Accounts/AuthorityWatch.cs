using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shacache.Http.Accounts;

/// <summary>Notices an authority that is made while the server runs, so that <c>account init</c> needs no restart. Ends once there is one.</summary>
public sealed class AuthorityWatch(AccountAuthority authority, TimeProvider time, ILogger<AuthorityWatch> logger) : BackgroundService
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (!authority.IsOn && await timer.WaitForNextTickAsync(stoppingToken))
                authority.Check(logger);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
