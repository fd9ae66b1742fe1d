using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Shacache.Http.Answers;
using Shacache.Http.Requests;
using Shacache.Http.Routing;

namespace Shacache.Http.Access;

/// <summary>Refuses what a page of any web site makes a browser send, where no credential is asked for: it may read content, and nothing else.</summary>
/// <remarks>
/// Two ways lead a page to a server that only its user's machine can reach. A request to another site has an <c>Origin</c> (Fetch, section 3.2). A name that
/// the page's owner lets resolve to a loopback address makes the server the page's own site; it then has that name as its <c>Host</c>.
/// </remarks>
/// <param name="gate">Whether a credential is asked for.</param>
/// <param name="ownHosts">The host names that this server is known by over loopback, beside its addresses.</param>
internal sealed class WebPageGuard(IUploadGate gate, IEnumerable<string> ownHosts)
{
    private static readonly Problem FromWebPage = new(
        StatusCodes.Status403Forbidden, "A web page sent this (Origin). Without an account, a page may read content here, and nothing else.")
    {
        Reason = "web-page",
    };

    private readonly HashSet<string> _hosts = new([.. ownHosts, "localhost"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Why the request is refused; null when it is not.</summary>
    public Problem? FindRefusal(HttpContext context, in Route route)
    {
        return ReadsContent(context.Request, route) || NeedsCredential(context.Request) ? null : FindForeign(context);
    }

    /// <summary>Why a request may come from a page of another site, whatever it asks for; null when it does not.</summary>
    public Problem? FindForeign(HttpContext context)
    {
        if (ConnectionOrigin.IsOperator(context))
            return null;
        if (ConnectionOrigin.IsWebPage(context))
            return FromWebPage;
        if (context.Connection.LocalIpAddress is not { } address || !IPAddress.IsLoopback(ConnectionOrigin.Unmapped(address)))
            return null;
        ReadOnlySpan<char> host = HostOf(context);
        return IsOurs(host) ? null : ForeignHost(host.ToString());
    }

    private static bool ReadsContent(HttpRequest request, in Route route) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && route.Endpoint.IsForWebPages(request, route);

    private static Problem ForeignHost(string host) => new(
        StatusCodes.Status403Forbidden,
        $"This server does not know itself as '{host}' (Host), as which a web page may have reached it; use its address or localhost, or name it in allowed-host.")
    {
        Reason = "host",
    };

    // A page cannot add one to a request to another site, unless that site agrees, which this one never does.
    private bool NeedsCredential(HttpRequest request) => gate.HasAccounts && (gate.NeedsAccount || request.Headers.Authorization.Count > 0);

    private static ReadOnlySpan<char> HostOf(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (!RequestTarget.TrySplit(target, out _, out _, out ReadOnlySpan<char> authority) || authority.IsEmpty)
            authority = context.Request.Headers.Host.ToString();
        return RequestTarget.WithoutPort(authority).TrimEnd('.');
    }

    // Every browser sends a host.
    private bool IsOurs(ReadOnlySpan<char> host) =>
        host.IsEmpty || IPAddress.TryParse(host.Trim("[]"), out _) || _hosts.GetAlternateLookup<ReadOnlySpan<char>>().Contains(host);
}

/// <summary>Adds what decides who may do what, without accounts.</summary>
internal static class AccessExtensions
{
    /// <param name="services">The application's services.</param>
    /// <param name="ownHosts">The host names by which the server is reached over loopback, beside its addresses.</param>
    /// <param name="access">Who may read.</param>
    public static void AddAccess(this IServiceCollection services, IReadOnlyList<string> ownHosts, ReadAccess access)
    {
        services.TryAddSingleton<IUploadGate, OpenGate>();
        services.TryAddSingleton<IOperatorGate, OpenGate>();
        services.TryAddSingleton<IReadGate, OpenGate>();
        services.AddSingleton(access);
        services.AddSingleton<ReadGuard>();
        services.AddSingleton(provider => new WebPageGuard(provider.GetRequiredService<IUploadGate>(), ownHosts));
        services.AddOperators();
    }
}
