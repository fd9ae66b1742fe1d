using Microsoft.Extensions.Hosting;

namespace Shacache.Http.Metrics;

/// <summary>Sends metrics and traces to a collector while the server runs, when one is configured.</summary>
internal sealed class TelemetryExport(Telemetry telemetry, StateReader state, IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    /// <summary>How often the state is read that the next export tells.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!Telemetry.HasCollector)
            return;

        // Not in the way of the start.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration listening = lifetime.ApplicationStarted.Register(started.SetResult);
        try
        {
            await started.Task.WaitAsync(stoppingToken);
            telemetry.Start();
            using PeriodicTimer timer = new(Interval, time);
            do
                await state.RefreshAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops; what was not sent is sent when the telemetry is disposed of.
        }
    }
}
