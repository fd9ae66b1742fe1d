using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Access;

namespace Shacache.Http.Upstreams.Forwarding;

/// <summary>Queues what is put here for the upstreams that are to get it as well. Awaited before the upload is acknowledged.</summary>
internal sealed class UploadForwarder(IForwardQueue queue, ForwardNews news, ProximityOptions options) : IUploadObserver
{
    private readonly string[] _upstreams = [.. options.Upstreams.Where(upstream => upstream.IsForwardedTo).Select(upstream => upstream.Name)];

    public async ValueTask OnStoredAsync(HttpContext context, Digest digest, bool isNew)
    {
        if (!IsWanted(context, isNew))
            return;
        await queue.AddAsync(_upstreams, digest, CancellationToken.None);
        news.Announce();
    }

    public async ValueTask OnListedAsync(HttpContext context, EntryKey key, SignedEntry entry, bool isNew)
    {
        if (!IsWanted(context, isNew))
            return;
        await queue.AddAsync(_upstreams, key, entry, CancellationToken.None);
        news.Announce();
    }

    // Caches that forward to each other end it here: what one brings that is there already is not sent back.
    private static bool IsWanted(HttpContext context, bool isNew) => isNew || context.Request.Headers.Via.Count == 0;
}

/// <summary>Tells the senders that the queue has something new, or is to be looked at again.</summary>
internal sealed class ForwardNews
{
    private TaskCompletionSource _next = NewSignal();

    /// <summary>Ends when something is announced after this was asked.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Announce() => Interlocked.Exchange(ref _next, NewSignal()).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Adds what is sent to upstreams.</summary>
internal static class ForwardingExtensions
{
    public static void AddForwarding(this IServiceCollection services, ProximityOptions options)
    {
        services.AddSingleton<ForwardNews>();
        services.AddSingleton<ForwardReport>();
        services.AddOperation<ForwardReport>("GET", "queue", report => report.SendAsync);
        services.AddOperation<ForwardReport>("POST", "queue/retry", report => report.RetryAsync);
        services.AddOperation<ForwardReport>("POST", "queue/drop", report => report.DropAsync);
        if (!options.Upstreams.Any(upstream => upstream.IsForwardedTo))
            return;
        services.AddSingleton<IUploadObserver, UploadForwarder>();
        services.AddSingleton<ForwardMetrics>();
        services.AddHostedService<ForwardSender>();
    }
}
