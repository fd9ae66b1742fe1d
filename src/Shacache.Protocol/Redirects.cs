using System.Net;

namespace Shacache.Protocol;

/// <summary>Which answers redirect, and where a request may be redirected to (RFC 9110, 15.4).</summary>
public static class Redirects
{
    /// <summary>The most redirects of one request, unless its caller says otherwise.</summary>
    public const int Max = 5;

    /// <summary>Whether the status sends the client elsewhere: 301, 302, 303, 307 or 308.</summary>
    public static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>Whether following leaves the protection of TLS: what comes then may be from anybody on the way.</summary>
    /// <remarks>
    /// Never followed for content that is kept under the URL that was asked for, and never with credentials. An object that is
    /// asked for by its digest needs no protection on the way.
    /// </remarks>
    public static bool LeavesTls(Uri from, Uri to) => from.Scheme == Uri.UriSchemeHttps && to.Scheme != Uri.UriSchemeHttps;

    /// <summary>Whether both URLs lead to one server, which may see the same credentials: scheme, host and port are equal.</summary>
    public static bool IsSameServer(Uri first, Uri second) =>
        first.Scheme == second.Scheme && first.Port == second.Port && first.Host.Equals(second.Host, StringComparison.OrdinalIgnoreCase);
}
