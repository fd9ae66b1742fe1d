using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shacache.Http.Answers;
using Shacache.Http.Routing;

namespace Shacache.Http.Access;

/// <summary>Keeps a private cache private. Every request passes here, and needs an account unless it is one of the exceptions below: no endpoint has to think of it.</summary>
/// <param name="gate">Who has an account.</param>
/// <param name="access">Who may read.</param>
/// <param name="endpoints">Everything that answers.</param>
internal sealed class ReadGuard(IReadGate gate, ReadAccess access, IEnumerable<IEndpoint> endpoints)
{
    /// <summary>What has to be open to whom has no account (yet), or has a setting of its own.</summary>
    private static readonly string[] OpenPaths = ["/healthz", "/livez", "/metrics", "/account"];

    private readonly HashSet<IEndpoint> _open =
        access.Audience == ReadAudience.Anyone ? [] : [.. endpoints.Where(endpoint => endpoint.Mounts.Any(mount => !mount.IsHost && OpenPaths.Contains(mount.Name)))];

    /// <summary>Whether a request is only answered to accounts.</summary>
    public bool Guards(HttpRequest request, in Route route) =>
        access.Audience != ReadAudience.Anyone && !_open.Contains(route.Endpoint) && !IsUpload(request, route);

    /// <summary>Decides about a request that is guarded. Shared caches on the way do not keep its answer.</summary>
    public ValueTask<Problem?> FindRefusalAsync(HttpContext context)
    {
        context.Response.OnStarting(MakePrivate, context);
        return gate.FindReadRefusalAsync(context);
    }

    /// <summary>These send nothing of what is stored; <see cref="IUploadGate"/> decides about them.</summary>
    private bool IsUpload(HttpRequest request, in Route route) =>
        (HttpMethods.IsPut(request.Method) || HttpMethods.IsPost(request.Method)) && access.TakesUploads(route.Endpoint);

    private static Task MakePrivate(object state)
    {
        IHeaderDictionary headers = ((HttpContext)state).Response.Headers;
        string said = headers.CacheControl.ToString();
        headers.CacheControl = said.Length == 0 ? "private" : said.Contains("public", StringComparison.OrdinalIgnoreCase)
            ? said.Replace("public", "private", StringComparison.OrdinalIgnoreCase)
            : said.Contains("private", StringComparison.OrdinalIgnoreCase) ? (StringValues)said : $"private, {said}";

        // Nor may a page of another site, to whose requests a browser adds the password that it knows, show or measure what comes.
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return Task.CompletedTask;
    }
}

/// <summary>Decides who may read where reading needs an account.</summary>
internal interface IReadGate
{
    /// <summary>Why the caller may not read; null when they have an account in force, whatever it may do, or are the operator on the socket.</summary>
    ValueTask<Problem?> FindReadRefusalAsync(HttpContext context);
}

/// <summary>Who may read.</summary>
/// <param name="Audience">Who.</param>
/// <param name="TakesUploads">Whether an endpoint takes uploads, by POST and PUT.</param>
internal sealed record ReadAccess(ReadAudience Audience, Func<IEndpoint, bool> TakesUploads);

/// <summary>Who may read content, listings and pages, and use the gateway.</summary>
public enum ReadAudience
{
    /// <summary>Every client.</summary>
    Anyone,

    /// <summary>Any account that is in force.</summary>
    Accounts,
}
