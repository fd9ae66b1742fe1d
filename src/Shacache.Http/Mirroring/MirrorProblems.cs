using Microsoft.AspNetCore.Http;
using Shacache.Http.Errors;

namespace Shacache.Http.Mirroring;

/// <summary>Why a request about upstreams is refused.</summary>
internal static class MirrorProblems
{
    public static readonly Problem NotHere = new(
        StatusCodes.Status403Forbidden, "This server has no accounts, so that this is accepted from its own machine only; ask there, or give it accounts ('shacache account init').");

    public static readonly Problem Busy = new(
        StatusCodes.Status503ServiceUnavailable, "A refresh runs already; try again when it is done.", TimeSpan.FromSeconds(30));
}
