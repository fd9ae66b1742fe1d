using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Primitives;
using Shacache.Core.Entries;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Metrics.Recording;
using Shacache.Http.Requests;
using Shacache.Http.Routing;

namespace Shacache.Http.Entries;

/// <summary>The signed directory (docs/protocol.md, "Directory").</summary>
internal sealed class EntryEndpoint(
    IEntryStore entries, EntryPolicy policy, IUploadGate gate, EntryOptions options, IRelayedListings relayed, KeyListing keys, ListedEntries visible,
    IEnumerable<IUploadObserver> observers) : IEndpoint
{
    private static readonly StringValues Json = "application/json";

    // A listing changes whenever an entry is put: it may be kept, but not used without asking again.
    private static readonly StringValues NoCache = "no-cache";

    public IEnumerable<Mount> Mounts => [.. options.Paths.Select(Mount.Under), .. options.Hosts.Select(Mount.Host)];

    public string Surface => "dir";

    public bool IsForWebPages(HttpRequest request, in Route route) => route.Length > 0 || !KeyListing.IsAskedFor(request);

    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        string method = context.Request.Method;
        bool isRead = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        if (!isRead && !HttpMethods.IsPut(method))
            return UploadRefusal.WriteMethodUnknownAsync(context, "GET, HEAD, PUT");
        if (isRead && route.Length == 0 && KeyListing.IsAskedFor(context.Request))
            return keys.HandleAsync(context);
        if (!EntryKey.TryParsePathSegment(route.Segment, out EntryKey? key, out string? problem))
            return UploadRefusal.WriteAsync(context, EntryProblems.Malformed(problem));
        return isRead ? ListAsync(context, key) : AddAsync(context, key);
    }

    private async ValueTask ListAsync(HttpContext context, EntryKey key)
    {
        if (visible.IsBlocked(key))
        {
            await ErrorResponse.WriteAsync(context, EntryProblems.Unknown(key));
            return;
        }

        IReadOnlyList<StoredEntry> found = await entries.ListAsync(key, options.MaxListingBytes, context.RequestAborted);
        List<SignedEntry> listed = await visible.SelectAsync(found, context.RequestAborted);
        Problem? missing = ReservedKeys.Contain(key) ? null : await relayed.CompleteAsync(context, key, listed);
        visible.RemoveBlocked(listed);
        if (missing is null && listed.Count == 0)
            missing = EntryProblems.Unknown(key);
        if (Exchange.Of(context) is { } exchange)
        {
            exchange.KeyCache = UrlMd5.IsIn(key) ? "download" : "binary";
            if (exchange.Outcome == CacheOutcome.None)
                exchange.Outcome = missing is null ? CacheOutcome.Hit : CacheOutcome.Miss;
        }

        if (missing is { } problem)
        {
            await ErrorResponse.WriteAsync(context, problem);
            return;
        }

        using var body = new PooledBuffer();
        EntryDocument.WriteListing(body, listed, options.MaxListingBytes);
        HttpResponse response = context.Response;
        response.Headers.ContentType = Json;
        response.Headers.CacheControl = NoCache;
        response.ContentLength = body.Written.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.BodyWriter.WriteAsync(body.Written, context.RequestAborted);
    }

    private async ValueTask AddAsync(HttpContext context, EntryKey key)
    {
        using Activity? span = Traces.Upload(context);
        span?.SetTag("shacache.key", key.Value);
        using var body = new PooledBuffer();
        IndexPermit permit = options.ReadOnly ? IndexPermit.Refuse(ErrorMapping.ReadOnly) : await gate.AdmitIndexAsync(context, key);
        if (await FindUnreadProblemAsync(context, key, permit, body) is { } refusal)
            await UploadRefusal.WriteAsync(context, refusal);
        else if (await StoreAsync(context, key, permit, body) is { } problem)
            await ErrorResponse.WriteAsync(context, problem);
        else
            (context.Response.StatusCode, context.Response.ContentLength) = (StatusCodes.Status201Created, 0);
    }

    /// <summary>Reads the body; what is found before its end leaves some of it unread.</summary>
    private async ValueTask<Problem?> FindUnreadProblemAsync(HttpContext context, EntryKey key, IndexPermit permit, PooledBuffer body)
    {
        if (permit.Refusal is { } refusal)
            return refusal;
        if (ReservedKeys.Contain(key))
            return EntryProblems.Reserved;
        bool isTooLarge = context.Request.ContentLength > options.MaxEntryBytes ||
            !await BoundedBody.TryReadAsync(context, body, options.MaxEntryBytes);
        return isTooLarge ? EntryProblems.TooLarge(options.MaxEntryBytes) : null;
    }

    private async ValueTask<Problem?> StoreAsync(HttpContext context, EntryKey key, IndexPermit permit, PooledBuffer body)
    {
        if (!EntryDocument.TryParsePair(body.Written.Span, out SignedEntry? entry, out string? malformed))
            return EntryProblems.Illegal(malformed);
        if (visible.FindRefusal(key, entry) is { } blocked)
            return EntryProblems.Blocked(blocked);
        if (await policy.FindProblemAsync(key, entry, context.RequestAborted) is { } objection)
            return objection;
        EntryAddition addition = await policy.AddAsync(key, entry, permit.Describe(key, entry), permit.IsKnown, context.RequestAborted);
        if (addition == EntryAddition.KeyFull)
            return policy.KeyFull(key);
        foreach (IUploadObserver observer in observers)
            await observer.OnListedAsync(context, key, entry, isNew: addition == EntryAddition.Added);
        return null;
    }
}

/// <summary>Where the directory lives, and its limits.</summary>
/// <param name="Paths">Its paths, without a slash at the end.</param>
/// <param name="Hosts">Hosts that are the directory and nothing else.</param>
/// <param name="MaxEntryBytes">The longest body of an entry that is accepted, in bytes.</param>
/// <param name="MaxListingBytes">A listing that is as long as this, in bytes, has no further entries.</param>
/// <param name="ReadOnly">Whether entries are refused.</param>
/// <param name="KeyListing">Who may list keys.</param>
internal sealed record EntryOptions(
    IReadOnlyList<string> Paths, IReadOnlyList<string> Hosts, int MaxEntryBytes, int MaxListingBytes, bool ReadOnly, KeyListingAudience KeyListing);

/// <summary>Adds the directory.</summary>
internal static class EntryExtensions
{
    public static void AddEntries(this IServiceCollection services, EntryOptions options, EntryPolicyOptions accepted)
    {
        services.AddSingleton(options);
        services.AddSingleton(accepted);
        services.AddSingleton<EntryPolicy>();
        services.AddSingleton<ListedEntries>();
        services.AddSingleton<KeyListing>();
        services.TryAddSingleton<IRelayedKeys, NoRelayedKeys>();
        services.AddSingleton<IEndpoint, EntryEndpoint>();
        services.AddOperation<KeyListing>("GET", "keys", keys => keys.HandleAsync, hasOwnGate: true);
    }
}

/// <summary>Entries that were not put here, but come from other caches.</summary>
internal interface IRelayedListings
{
    /// <summary>Adds them after those that were put here, without repeats, and writes the headers that say how they came about.</summary>
    /// <param name="context">The request.</param>
    /// <param name="key">What it is for.</param>
    /// <param name="entries">What was put here, newest first.</param>
    /// <returns>What to answer instead, when there are no entries at all; null when there are some.</returns>
    ValueTask<Problem?> CompleteAsync(HttpContext context, EntryKey key, List<SignedEntry> entries);
}
