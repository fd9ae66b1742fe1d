using Microsoft.AspNetCore.Http;
using Shacache.Http.Errors;

namespace Shacache.Http.Mirroring;

/// <summary>Why a request about upstreams is refused.</summary>
internal static class MirrorProblems
{
    public static readonly Problem NotHere = new(
        StatusCodes.Status403Forbidden, "This server has no accounts, so that this is accepted from its own machine only; ask there, or give it accounts ('shacache account init').");

    public static readonly Problem NoUpstream = new(StatusCodes.Status404NotFound, "This server has no upstreams (upstream).");

    public static readonly Problem Busy = new(
        StatusCodes.Status503ServiceUnavailable, "A refresh runs already; try again when it is done.", TimeSpan.FromSeconds(30));

    public static Problem Malformed(string problem) => new(StatusCodes.Status400BadRequest, problem);

    public static Problem UpstreamUnknown(string name, IEnumerable<string> names) => new(
        StatusCodes.Status404NotFound,
        name == KeyRequest.AllUpstreams
            ? $"This server has no upstream that is not a peer; name one of {string.Join(", ", names)}."
            : $"This server has no upstream of that name; it has {string.Join(", ", names)}.");

    public static Problem DoesNotList(string upstream, string reason) => new(
        StatusCodes.Status501NotImplemented,
        $"The upstream {upstream} does not list its keys to this server ({reason}). Name the keys with --keys FILE; a shacache server lists them to whom its setting key-listing names.");
}
