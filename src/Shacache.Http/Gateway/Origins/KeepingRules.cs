using System.Net.Http.Headers;

namespace Shacache.Http.Gateway.Origins;

/// <summary>What an origin says about keeping what it sends (RFC 9111, section 3).</summary>
/// <remarks>The origin was asked without cookies and for every client alike, so of <c>Vary</c> only <c>*</c> matters.</remarks>
internal static class KeepingRules
{
    /// <summary>Why an answer is not to be kept; null when it may be.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="options">Whether the origin's word counts.</param>
    /// <param name="allowsCookies">Whether it may be kept although it sets a cookie, which goes to no client.</param>
    public static string? FindRefusal(HttpResponseMessage answer, GatewayOptions options, bool allowsCookies)
    {
        if (options.IgnoresCacheControl)
            return null;
        if (answer.Headers.CacheControl is { } said && (said.NoStore || said.Private))
            return said.NoStore ? "its origin says Cache-Control: no-store" : "its origin says Cache-Control: private";
        if (answer.Headers.Vary.Contains("*"))
            return "its origin says Vary: *";
        return !allowsCookies && answer.Headers.NonValidated.TryGetValues("Set-Cookie", out HeaderStringValues _) ? "its origin sets a cookie with it" : null;
    }
}
