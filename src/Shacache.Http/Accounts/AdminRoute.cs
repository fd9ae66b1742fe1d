using Microsoft.AspNetCore.Http;

namespace Shacache.Http.Accounts;

/// <summary>One route below <c>/admin</c>.</summary>
/// <param name="Method">GET, POST or PUT.</param>
/// <param name="Pattern">Its segments; null stands for any, which is an argument.</param>
/// <param name="Handle">Answers; is given the arguments in their order.</param>
internal sealed record AdminRoute(string Method, string?[] Pattern, Func<HttpContext, AccountActor, string[], ValueTask<long>> Handle)
{
    /// <summary>Whether the path is of this route, whatever the method.</summary>
    public bool Matches(string[] segments)
    {
        if (segments.Length != Pattern.Length)
            return false;
        for (int i = 0; i < segments.Length; i++)
        {
            if (Pattern[i] is { } literal && literal != segments[i])
                return false;
        }

        return true;
    }

    /// <summary>The arguments in a path that matches.</summary>
    public string[] Arguments(string[] segments) => [.. segments.Where((_, i) => Pattern[i] is null)];
}
