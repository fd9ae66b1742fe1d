using Microsoft.AspNetCore.Http;
using Shacache.Core.Stores;
using Shacache.Http.Answers;

namespace Shacache.Http.Pages;

/// <summary>Whether the process works, and can serve what this machine has, whatever is away elsewhere (liveness).</summary>
internal sealed class LiveCheck(ILocalContent local)
{
    /// <summary>Answers a request.</summary>
    public async ValueTask SendAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        string? problem = await local.FindProblemAsync(context.RequestAborted);
        await (problem is null
            ? PageEndpoint.WriteAsync(context, "text/plain; charset=utf-8", "ok\n")
            : ErrorResponse.WriteAsync(context, new Problem(StatusCodes.Status503ServiceUnavailable, problem.ReplaceLineEndings(" "))));
    }
}
