using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core.Entries;
using Shacache.Http.Errors;
using Shacache.Http.Forwarding;
using Shacache.Http.Gateway;
using Shacache.Http.Surfaces;
using Shacache.Http.Transfers;

namespace Shacache.Http.Mirroring;

/// <summary>What whoever runs a cache asks about its upstreams (docs/protocol.md, "Mirrors").</summary>
internal sealed class MirrorSurface(
    MirrorPermission permission, ListingRefresh refresh, ForwardReport forwards, KeySurface keys, PullSurface pull, ForgetSurface forget, CacheServerOptions options, ILogger<MirrorSurface> logger)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    /// <summary>Answers a request.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public async ValueTask<long> HandleAsync(HttpContext context, Route route)
    {
        (string method, Func<HttpContext, ValueTask<long>> handle) = route.Segment switch
        {
            "update" => ("POST", RefreshAsync),
            "keys" => ("GET", keys.HandleAsync),
            "pull/key" => ("POST", pull.PullKeyAsync),
            "pull/object" => ("POST", pull.PullObjectAsync),
            "forget" => ("POST", forget.HandleAsync),
            "queue" => ("GET", forwards.SendAsync),
            "queue/retry" => ("POST", forwards.RetryAsync),
            "queue/drop" => ("POST", forwards.DropAsync),
            _ => ("", (Func<HttpContext, ValueTask<long>>)(_ => default)),
        };
        if (method.Length == 0)
            return await UploadRefusal.WriteAsync(context, ErrorMapping.UnknownPath);
        if (context.Request.Method != method)
        {
            context.Response.Headers.Allow = method;
            return await UploadRefusal.WriteAsync(context, ErrorMapping.MethodUnknown(context.Request.Method, method));
        }

        // Who may list keys is a setting of its own.
        if (route.Segment is "keys")
            return await handle(context);
        return await permission.FindRefusalAsync(context) is { } problem ? await UploadRefusal.WriteAsync(context, problem) : await handle(context);
    }

    private async ValueTask<long> RefreshAsync(HttpContext context)
    {
        using IDisposable? turn = refresh.TryBegin();
        if (turn is null)
            return await UploadRefusal.WriteAsync(context, MirrorProblems.Busy);
        using var answer = new RefreshAnswer(context, SpoolFile.Create(options.Proximity.SpoolFolder, null));
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
        return await answer.EndAsync();
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<(EntryKey Key, RefreshOutcome Outcome)> keys, RefreshAnswer answer)
    {
        Task<bool> next = keys.MoveNextAsync().AsTask();
        while (await Task.WhenAny(next, Task.Delay(KeepAlive)) != next)
            await answer.KeepAliveAsync();
        return await next;
    }
}
