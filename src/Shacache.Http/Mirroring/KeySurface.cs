using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Accounts;
using Shacache.Http.Errors;

namespace Shacache.Http.Mirroring;

/// <summary>Lists keys page by page (docs/protocol.md, "Listing keys"): at the directory's own URL, where other caches ask, and below <c>/mirror</c>.</summary>
internal sealed class KeySurface(KeyPermission permission, LocalKeys local, UpstreamKeys? upstreams = null)
{
    /// <summary>Whether a request for the directory itself is one for its keys. Without this it is, as ever, one for the empty key.</summary>
    public static bool IsAskedFor(HttpRequest request) => request.QueryString.HasValue && request.Query.ContainsKey(KeyRequest.PrefixName);

    /// <summary>Answers a request.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public async ValueTask<long> HandleAsync(HttpContext context)
    {
        if (!KeyRequest.TryParse(context.Request.Query, out KeyRequest? request, out string? malformed))
            return await UploadRefusal.WriteAsync(context, MirrorProblems.Malformed(malformed));
        if (await permission.FindRefusalAsync(context, asksUpstream: request.Upstream is not null) is { } refusal)
            return await UploadRefusal.WriteAsync(context, refusal);
        if (request.Upstream is null)
            return await WriteAsync(context, await local.ListAsync(request.Query, context.RequestAborted), problems: null);
        if (upstreams is null)
            return await ErrorResponse.WriteAsync(context, MirrorProblems.NoUpstream);

        (KeyPage? page, IReadOnlyList<Problem> problems) = await upstreams.ListAsync(request, context.RequestAborted);
        return page is null
            ? await ErrorResponse.WriteAsync(context, problems[0])
            : await WriteAsync(context, page, problems.Count == 0 ? null : [.. problems.Select(problem => problem.Line)]);
    }

    private static ValueTask<long> WriteAsync(HttpContext context, KeyPage page, IReadOnlyList<string>? problems) => JsonExchange.WriteAsync(
        context,
        StatusCodes.Status200OK,
        new KeyPageDocument([.. page.Keys.Select(key => key.Value)], page.Next?.Value, problems),
        MirrorDocuments.Default.KeyPageDocument);
}
