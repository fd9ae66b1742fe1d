using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Upstreams;

namespace Shacache.Http.Forwarding;

/// <summary>Queues what is put here for the upstreams that are to get it as well. Awaited before the upload is acknowledged.</summary>
internal sealed class UploadForwarder(IForwardQueue queue, ProximityOptions options)
{
    private readonly string[] _upstreams = [.. options.Upstreams.Where(upstream => upstream.IsForwardedTo).Select(upstream => upstream.Name)];
    private TaskCompletionSource _news = NewSignal();

    /// <summary>Ends when something was queued since this was asked.</summary>
    public Task News => Volatile.Read(ref _news).Task;

    /// <summary>Queues content.</summary>
    /// <param name="context">The upload.</param>
    /// <param name="digest">What was stored.</param>
    /// <param name="isNew">Whether it was not here before.</param>
    public async ValueTask ForwardAsync(HttpContext context, Digest digest, bool isNew)
    {
        if (!IsWanted(context, isNew))
            return;
        await queue.AddAsync(_upstreams, digest, CancellationToken.None);
        Wake();
    }

    /// <summary>Queues an entry and its content.</summary>
    public async ValueTask ForwardAsync(HttpContext context, EntryKey key, SignedEntry entry, bool isNew)
    {
        if (!IsWanted(context, isNew))
            return;
        await queue.AddAsync(_upstreams, key, entry, CancellationToken.None);
        Wake();
    }

    /// <summary>Lets the senders look again.</summary>
    public void Wake() => Interlocked.Exchange(ref _news, NewSignal()).TrySetResult();

    // Caches that forward to each other end it here: what one brings that is there already is not sent back.
    private bool IsWanted(HttpContext context, bool isNew) => _upstreams.Length > 0 && (isNew || context.Request.Headers.Via.Count == 0);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
