using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Leases;
using Shacache.Core.Upstreams;
using Shacache.Http.Logging;
using Shacache.Http.Metrics.Recording;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams.Forwarding;

/// <summary>Sends what is queued to each upstream, one thing after the other, for as long as the server runs.</summary>
internal sealed class ForwardSender(
    IForwardQueue queue, ForwardNews news, IBlobStore blobs, RequestPath path, ProximityOptions options, ForwardMetrics metrics, TimeProvider time,
    ILogger<ForwardSender> logger) : BackgroundService
{
    /// <summary>So often an upstream may fail on one thing: with the pauses between, that takes most of a day.</summary>
    private const int MaxAttempts = 100;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly Backoff Failures = new(FirstPause, TimeSpan.FromMinutes(10));

    /// <summary>An upstream that takes nothing is asked more often than for something that it failed on.</summary>
    private static readonly Backoff Absences = new(FirstPause, TimeSpan.FromMinutes(1));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        options.Upstreams.Where(upstream => upstream.IsForwardedTo).Select(upstream => Task.Run(() => RunAsync(upstream, stoppingToken), stoppingToken)));

    private async Task RunAsync(UpstreamOptions upstream, CancellationToken cancellationToken)
    {
        using var client = new ForwardClient(upstream, path.Own, blobs, time);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using IForwardTurn? turn = await queue.TryTakeTurnAsync(upstream.Name, cancellationToken);
                if (turn is null)
                    await Task.Delay(LeasedWork.LookInterval, time, cancellationToken);
                else
                    await SendAllAsync(turn, upstream, client, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is: the next look may go well, and the server has other things to do.
                Log.ForwardQueueFailed(logger, upstream.Name, e);
                await Task.Delay(Absences.Longest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SendAllAsync(IForwardTurn turn, UpstreamOptions upstream, ForwardClient client, CancellationToken cancellationToken)
    {
        int failures = 0;
        while (true)
        {
            // Asked for before the look into the queue: what is added after that is news.
            Task next = news.Next;
            ForwardItem? item = await turn.FindNextAsync(Failures.Longest, cancellationToken);
            await metrics.CountAsync(atOnce: item is null, cancellationToken);
            TimeSpan wait = item is null ? Timeout.InfiniteTimeSpan : item.DueAt - time.GetUtcNow();

            // What another node adds is no news here: it is looked for.
            if (turn.IsShared && (item is null || wait > LeasedWork.LookInterval))
                wait = LeasedWork.LookInterval;
            if (item is null || wait > TimeSpan.Zero)
                await WaitAsync(next, wait, cancellationToken);
            else
                failures = await SendAsync(turn, client, item, failures, cancellationToken);
            if (failures > 0)
                await WaitAsync(next, Absences.After(failures), cancellationToken);
        }
    }

    private async Task WaitAsync(Task next, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await next.WaitAsync(wait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It is due.
        }
    }

    /// <returns>How often in a row the upstream took nothing.</returns>
    private async Task<int> SendAsync(IForwardTurn turn, ForwardClient client, ForwardItem item, int failures, CancellationToken cancellationToken)
    {
        using Activity? span = Traces.Forward(item.Upstream, item.Digest.ToString());
        ForwardAttempt attempt;
        try
        {
            attempt = await client.SendAsync(item, cancellationToken);
        }
        catch (Exception e) when (e is BlobStoreException or EndOfStreamException)
        {
            Log.ForwardUnreadable(logger, item.Digest, item.Upstream, e);
            attempt = new ForwardAttempt(ForwardResult.Failed, $"Object {item.Digest} cannot be read here.");
        }

        metrics.NoteAttempt(item.Upstream, attempt.Result);
        if (attempt.Result != ForwardResult.Done)
            span.Fail(attempt.Problem);
        string what = item.Key is null ? $"object {item.Digest}" : $"the entry of key {item.Key}";
        switch (attempt.Result)
        {
            case ForwardResult.Done:
                await turn.RemoveAsync(item, cancellationToken);
                return 0;
            case ForwardResult.Unavailable:
                if (failures == 0)
                    Log.ForwardPostponed(logger, what, item.Upstream, attempt.Problem);
                await turn.PostponeAsync(item, item.DueAt, attempt.Problem, cancellationToken);
                return failures + 1;
            case ForwardResult.Failed when item.Attempts + 1 < MaxAttempts:
                Log.ForwardPostponed(logger, what, item.Upstream, attempt.Problem);
                await turn.PostponeAsync(item, time.GetUtcNow() + Failures.After(item.Attempts + 1), attempt.Problem, cancellationToken);
                return 0;
            default:
                Log.ForwardRefused(logger, what, item.Upstream, attempt.Problem);
                await turn.RefuseAsync(item, attempt.Problem, cancellationToken);
                return 0;
        }
    }
}
