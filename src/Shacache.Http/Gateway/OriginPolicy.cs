using Shacache.Protocol;

namespace Shacache.Http.Gateway;

/// <summary>What the operator allows.</summary>
internal sealed class OriginPolicy(GatewayOptions options)
{
    private readonly string[] _moving = [.. options.MovingPrefixes.Select(UrlSpelling.UnifyUrl)];

    public bool IsAllowed(OriginUrl url) => options.Origins.Any(pattern => pattern.Matches(url));

    /// <summary>Why a redirect must not be followed; null when it may be.</summary>
    public string? FindRedirectProblem(OriginUrl from, OriginUrl to)
    {
        if (Redirects.LeavesTls(from.Uri, to.Uri))
            return "from https to http.";
        return IsAllowed(to) ? null : GatewayProblems.NotAllowed(to).Line;
    }

    /// <summary>Whether the content at the URL changes, so that a copy must be compared with the origin before each use.</summary>
    public bool IsMoving(OriginUrl url) => Array.Exists(_moving, prefix => url.Key.StartsWith(prefix, StringComparison.Ordinal));
}
