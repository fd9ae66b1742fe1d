using Microsoft.AspNetCore.Http;
using Shacache.Http.Answers;

namespace Shacache.Http.Routing;

/// <summary>Stands where a feature would be that is off, and says so.</summary>
internal sealed class OffEndpoint(Problem problem, bool isForWebPages, params Mount[] mounts) : IEndpoint
{
    public IEnumerable<Mount> Mounts => mounts;

    public required string Surface { get; init; }

    public bool IsForWebPages(HttpRequest request, in Route route) => isForWebPages;

    public ValueTask HandleAsync(HttpContext context, in Route route) => UploadRefusal.WriteAsync(context, problem);
}
