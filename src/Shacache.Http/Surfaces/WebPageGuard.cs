using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Http.Accounts;
using Shacache.Http.Errors;
using Shacache.Http.Mirroring;

namespace Shacache.Http.Surfaces;

/// <summary>Refuses what a page of any web site makes a browser send, where no credential is asked for: it may read content, and nothing else.</summary>
/// <remarks>
/// Two ways lead a page to a server that only its user's machine can reach. A request to another site has an <c>Origin</c> (Fetch, section 3.2). A name that
/// the page's owner lets resolve to a loopback address makes the server the page's own site; it then has that name as its <c>Host</c>.
/// </remarks>
internal sealed class WebPageGuard(CacheServerOptions options, AccountAuthority? authority = null, AccountOptions? accounts = null)
{
    private readonly HashSet<string> _hosts =
        new([.. options.CacheHosts, .. options.DirectoryHosts, .. options.AllowedHosts, "localhost"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Why the request is refused; null when it is not.</summary>
    public Problem? FindRefusal(HttpContext context, in Route route)
    {
        if (ReadsContent(context.Request, route) || NeedsCredential(context.Request) || ConnectionOrigin.IsOperator(context))
            return null;
        if (ConnectionOrigin.IsWebPage(context))
            return ErrorMapping.FromWebPage;
        if (context.Connection.LocalIpAddress is not { } address || !IPAddress.IsLoopback(ConnectionOrigin.Unmapped(address)))
            return null;
        ReadOnlySpan<char> host = HostOf(context);
        return IsOurs(host) ? null : ErrorMapping.ForeignHost(host.ToString());
    }

    private static bool ReadsContent(HttpRequest request, in Route route) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && route.Surface switch
        {
            Surface.Directory => route.Length > 0 || !KeySurface.IsAskedFor(request),
            Surface.Account or Surface.Admin or Surface.Mirror => false,
            _ => true,
        };

    // A page cannot add one to a request to another site, unless that site agrees, which this one never does.
    private bool NeedsCredential(HttpRequest request) =>
        authority is { IsOn: true } && (accounts is not { AllowAnonymousUpload: true } || request.Headers.Authorization.Count > 0);

    private static ReadOnlySpan<char> HostOf(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (!RequestTarget.TrySplit(target, out _, out _, out ReadOnlySpan<char> authority) || authority.IsEmpty)
            authority = context.Request.Headers.Host.ToString();
        return RequestTarget.WithoutPort(authority).TrimEnd('.');
    }

    // No browser leaves the host out.
    private bool IsOurs(ReadOnlySpan<char> host) =>
        host.IsEmpty || IPAddress.TryParse(host.Trim("[]"), out _) || _hosts.GetAlternateLookup<ReadOnlySpan<char>>().Contains(host);
}
