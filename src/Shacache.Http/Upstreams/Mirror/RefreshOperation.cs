using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core.Entries;
using Shacache.Core.Transfers;
using Shacache.Http.Answers;
using Shacache.Http.Logging;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Asks upstreams again for all that they listed, and says what has changed: <c>POST /mirror/update</c> (docs/protocol.md, "Mirrors").</summary>
internal sealed class RefreshOperation(ListingRefresh refresh, ProximityOptions options, ILogger<RefreshOperation> logger)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    private static readonly Problem Busy = new(
        StatusCodes.Status503ServiceUnavailable, "A refresh runs already; try again when it is done.", TimeSpan.FromSeconds(30));

    public async ValueTask HandleAsync(HttpContext context)
    {
        using IDisposable? turn = refresh.TryBegin();
        if (turn is null)
        {
            await UploadRefusal.WriteAsync(context, Busy);
            return;
        }

        using var answer = new RefreshAnswer(context, SpoolFile.Create(options.SpoolFolder, null));
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        await answer.BeginAsync();
        Dictionary<RefreshOutcome, int> counts = [];
        await using IAsyncEnumerator<(EntryKey Key, RefreshOutcome Outcome)> done = refresh.RunAsync(context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);
        while (await NextAsync(done, answer))
        {
            (EntryKey key, RefreshOutcome outcome) = done.Current;
            counts[outcome] = counts.GetValueOrDefault(outcome) + 1;
            if (outcome == RefreshOutcome.Removed)
                await answer.AddRemovedAsync(key);
            else if (outcome == RefreshOutcome.Updated)
                await answer.AddUpdatedAsync(key);
        }

        Log.Refreshed(
            logger,
            counts.Values.Sum(),
            counts.GetValueOrDefault(RefreshOutcome.Updated),
            counts.GetValueOrDefault(RefreshOutcome.Removed),
            counts.GetValueOrDefault(RefreshOutcome.Failed));
        await answer.EndAsync();
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<(EntryKey Key, RefreshOutcome Outcome)> keys, RefreshAnswer answer)
    {
        Task<bool> next = keys.MoveNextAsync().AsTask();
        while (await Task.WhenAny(next, Task.Delay(KeepAlive)) != next)
            await answer.KeepAliveAsync();
        return await next;
    }
}
