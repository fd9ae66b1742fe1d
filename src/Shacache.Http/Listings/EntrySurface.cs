using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shacache.Core.Entries;
using Shacache.Http.Accounts;
using Shacache.Http.Connections;
using Shacache.Http.Errors;
using Shacache.Http.Forwarding;
using Shacache.Http.Gateway;
using Shacache.Http.Mirroring;
using Shacache.Http.Policy;
using Shacache.Http.Surfaces;

namespace Shacache.Http.Listings;

/// <summary>The signed directory (docs/protocol.md, "Directory").</summary>
internal sealed class EntrySurface(
    IEntryStore entries, EntryPolicy policy, IUploadGate gate, CacheServerOptions options, IRelayedListings? relayed = null,
    UploadForwarder? forwarder = null, KeySurface? keys = null)
{
    private const string Methods = "GET, HEAD, PUT";
    private static readonly StringValues Json = "application/json";

    // A listing changes whenever somebody puts an entry: it may be kept, but not used without asking again.
    private static readonly StringValues NoCache = "no-cache";

    /// <summary>Answers a request.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public ValueTask<long> HandleAsync(HttpContext context, in Route route)
    {
        string method = context.Request.Method;
        bool isRead = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        if (!isRead && !HttpMethods.IsPut(method))
        {
            context.Response.Headers.Allow = Methods;
            return UploadRefusal.WriteAsync(context, ErrorMapping.MethodUnknown(method, Methods));
        }

        if (isRead && route.Length == 0 && keys is not null && KeySurface.IsAskedFor(context.Request))
            return keys.HandleAsync(context);
        if (!EntryKey.TryParsePathSegment(route.Segment, out EntryKey? key, out string? problem))
            return UploadRefusal.WriteAsync(context, ErrorMapping.KeyIllegal(problem));
        return isRead ? ListAsync(context, key) : AddAsync(context, key);
    }

    private async ValueTask<long> ListAsync(HttpContext context, EntryKey key)
    {
        IReadOnlyList<StoredEntry> found = await entries.ListAsync(key, options.MaxListingBytes, context.RequestAborted);
        List<SignedEntry> listed = [.. found.Select(stored => stored.Entry)];

        // What a gateway noted for itself is nobody else's business.
        Problem? missing = relayed is null || GatewayKeys.IsReserved(key)
            ? listed.Count > 0 ? null : ErrorMapping.KeyUnknown(key)
            : await relayed.CompleteAsync(context, key, listed);
        if (missing is { } problem)
            return await ErrorResponse.WriteAsync(context, problem);

        using var body = new PooledBuffer();
        EntryDocument.WriteListing(body, listed, options.MaxListingBytes);
        HttpResponse response = context.Response;
        response.Headers.ContentType = Json;
        response.Headers.CacheControl = NoCache;
        response.ContentLength = body.Written.Length;
        if (HttpMethods.IsHead(context.Request.Method))
            return 0;
        await response.BodyWriter.WriteAsync(body.Written, context.RequestAborted);
        return body.Written.Length;
    }

    private async ValueTask<long> AddAsync(HttpContext context, EntryKey key)
    {
        if (options.ReadOnly)
            return await UploadRefusal.WriteAsync(context, ErrorMapping.ReadOnly);
        IndexPermit permit = await gate.AdmitIndexAsync(context, key);
        if (permit.Refusal is { } refusal)
            return await UploadRefusal.WriteAsync(context, refusal);
        if (GatewayKeys.IsReserved(key))
            return await UploadRefusal.WriteAsync(context, GatewayProblems.Reserved);
        if (context.Request.ContentLength > options.MaxEntryBytes)
            return await UploadRefusal.WriteAsync(context, ErrorMapping.EntryTooLarge(options.MaxEntryBytes));

        using var body = new PooledBuffer();
        if (!await BoundedBody.TryReadAsync(context.Request.BodyReader, body, options.MaxEntryBytes, context.RequestAborted))
            return await UploadRefusal.WriteAsync(context, ErrorMapping.EntryTooLarge(options.MaxEntryBytes));
        if (!EntryDocument.TryParsePair(body.Written.Span, out SignedEntry? entry, out string? problem))
            return await ErrorResponse.WriteAsync(context, ErrorMapping.EntryIllegal(problem));

        if (await policy.FindProblemAsync(key, entry, context.RequestAborted) is { } objection)
            return await ErrorResponse.WriteAsync(context, objection);

        EntryAddition addition = await policy.AddAsync(key, entry, permit.Describe(key, entry), context.RequestAborted);
        if (addition == EntryAddition.KeyFull)
            return await ErrorResponse.WriteAsync(context, policy.KeyFull(key));
        if (forwarder is not null)
            await forwarder.ForwardAsync(context, key, entry, isNew: addition == EntryAddition.Added);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.ContentLength = 0;
        return 0;
    }
}
