using Shacache.Http.Errors;

namespace Shacache.Http.Gateway;

/// <summary>An origin was not asked, or its answer is of no use. The problem is for whoever asked the gateway.</summary>
internal sealed class GatewayException(Problem problem, Exception? inner = null) : Exception(problem.Line, inner)
{
    public Problem Problem { get; } = problem;

    /// <summary>Whether the origin may well answer later, so that an older copy is better than nothing.</summary>
    public bool IsOriginDown { get; init; }
}
