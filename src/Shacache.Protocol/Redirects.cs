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

    /// <summary>Whether following leaves the protection of TLS: what comes then may be from anyone on the way.</summary>
    /// <remarks>
    /// Never followed for content that is kept under the URL that was asked for, and never with credentials. An object that is
    /// asked for by its digest needs no protection on the way.
    /// </remarks>
    public static bool LeavesTls(Uri from, Uri to) => from.Scheme == Uri.UriSchemeHttps && to.Scheme != Uri.UriSchemeHttps;

    /// <summary>Whether both URLs lead to one server, which may see the same credentials: scheme, host and port are equal.</summary>
    public static bool IsSameServer(Uri first, Uri second) =>
        first.Scheme == second.Scheme && first.Port == second.Port && first.Host.Equals(second.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Where an answer sends a request; null when it is the answer itself.</summary>
    /// <exception cref="RedirectException">It leads to something that is no http or https URL.</exception>
    internal static Uri? FindTarget(OutgoingRequest request, Uri url, HttpResponseMessage answer)
    {
        // 301 to 303 turn an upload into a GET: those are the answer.
        bool keepsBody = answer.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
        if (!request.FollowsRedirects || !IsRedirect(answer.StatusCode) || (request.Body is not null && !keepsBody))
            return null;
        if (request.FindTarget is { } find)
            return find(answer);
        if (answer.Headers.Location is not { } location)
            return null;
        if (!ExactUrl.TryFollow(url, location.OriginalString, out Uri? target))
            throw new RedirectException(RedirectProblem.NoUrl, null);
        return target.Scheme == Uri.UriSchemeHttp || target.Scheme == Uri.UriSchemeHttps
            ? target
            : throw new RedirectException(RedirectProblem.OtherScheme, target);
    }
}

/// <summary>A redirect that is not followed. What it is called in messages is the caller's affair: some must not show the target.</summary>
/// <param name="problem">Why.</param>
/// <param name="target">Where it leads; null when that is no URL.</param>
public sealed class RedirectException(RedirectProblem problem, Uri? target) : Exception($"A redirect is not followed: {problem}.")
{
    /// <summary>Why.</summary>
    public RedirectProblem Problem => problem;

    /// <summary>Where it leads; null when that is no URL.</summary>
    public Uri? Target => target;
}

/// <summary>Why a redirect is not followed.</summary>
public enum RedirectProblem
{
    /// <summary>There were as many before as are followed.</summary>
    TooMany,

    /// <summary>What the answer names as target is no URL.</summary>
    NoUrl,

    /// <summary>It leads to neither http nor https.</summary>
    OtherScheme,

    /// <summary>It leads from https to http, where anyone on the way could answer.</summary>
    LeavesTls,

    /// <summary>It leads from https to http, and the server has seen credentials.</summary>
    LeavesTlsWithSecret,
}
