using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Answers;

namespace Shacache.Http.Upstreams;

/// <summary>What goes wrong with upstreams, as clients see it.</summary>
internal static class UpstreamProblems
{
    public static readonly Problem Busy = new(
        StatusCodes.Status503ServiceUnavailable, "As many objects are being fetched as may be at once (upstream-max-transfers); try again later.");

    public static readonly Problem Stopping = new(StatusCodes.Status503ServiceUnavailable, "The server is about to stop; try again later.");

    public static readonly Problem NobodyStays = new(
        StatusCodes.Status502BadGateway, "The object was fetched several times, and each time something was wrong with it; try again later.");

    public static readonly Problem NoRoom = new(
        StatusCodes.Status507InsufficientStorage, "The server has no room for this object, and cannot hand it on as its upstream does not say how long it is.");

    public static Problem From(UpstreamException failure) => new(
        failure.Trouble == UpstreamTrouble.TimedOut ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway, failure.Message);

    public static Problem OnlyCached(Digest digest) => new(
        StatusCodes.Status504GatewayTimeout, $"No object {digest} is stored here, and upstreams were not to be asked (only-if-cached).");

    public static readonly Problem BusyDirectory = new(
        StatusCodes.Status503ServiceUnavailable, "As many keys are being asked for at upstreams as may be at once; try again later.", TimeSpan.FromSeconds(10));

    public static Problem OnlyCached(EntryKey key) => new(
        StatusCodes.Status504GatewayTimeout, $"No entry is known here under the key '{key}', and upstreams were not to be asked (only-if-cached).");

    /// <summary>For answers that name the key already.</summary>
    public const string NobodyLists = "No entry is listed under the key, here or at an upstream.";

    public static Problem Missing(EntryKey key) => new(StatusCodes.Status404NotFound, $"No entry is listed under the key '{key}', here or at an upstream.");

    public static Problem Missing(Digest digest) => new(StatusCodes.Status404NotFound, $"No object {digest} is stored here or at an upstream.");

    public static Problem TooLarge(Upstream upstream, long maxBytes) => new(
        StatusCodes.Status502BadGateway, $"The object at the upstream {upstream.Name} is longer than the {maxBytes} bytes that are accepted here (max-blob-size).");

    public static Problem Corrupt(Digest digest) => new(
        StatusCodes.Status502BadGateway, $"What the upstreams have under {digest} has another digest. It was thrown away.");
}
