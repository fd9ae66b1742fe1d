using Microsoft.AspNetCore.Http;
using Shacache.Http.Answers;
using Shacache.Protocol;

namespace Shacache.Http.Gateway.Origins;

/// <summary>What goes wrong between the gateway and an origin, as the gateway's client sees it.</summary>
internal static class GatewayProblems
{
    public static readonly Problem Off = new(StatusCodes.Status404NotFound, "The download gateway is off; its operator turns it on with gateway-origins.");

    public static readonly Problem Busy = new(
        StatusCodes.Status503ServiceUnavailable, "The download gateway has as many transfers as it may have (gateway-max-transfers); try again later.");

    public static Problem Malformed(string problem) => new(StatusCodes.Status400BadRequest, problem);

    public static Problem NotAllowed(OriginUrl url) => new(
        StatusCodes.Status403Forbidden, $"{url.Scheme}://{url.Host}:{url.Port} is not among the origins that this gateway may fetch from (gateway-origins).");

    public static Problem Blocked(OriginUrl url) => new(
        StatusCodes.Status404NotFound, $"The operator of this server blocked what this URL of {url.Host} leads to. Nothing was kept.");

    public static Problem RedirectRefused(OriginUrl url, string reason) => new(
        StatusCodes.Status403Forbidden, $"{url.Scheme}://{url.Host} redirects to where this gateway must not go: {reason}");

    public static Problem NotPublic(string host) => new(
        StatusCodes.Status403Forbidden, $"{host} has an address that is not of the public internet; this gateway does not connect to it.");

    public static Problem TooManyRedirects(OriginUrl url) =>
        new(StatusCodes.Status502BadGateway, $"{url.Scheme}://{url.Host} redirects more than {Redirects.Max} times.");

    public static Problem NotFound(OriginUrl url, int status) =>
        new(StatusCodes.Status404NotFound, $"The origin {url.Host} has no such file (it answered {status}).");

    public static Problem BadAnswer(OriginUrl url, int status) =>
        new(StatusCodes.Status502BadGateway, $"The origin {url.Host} answered {status}, not the file.");

    public static Problem TooLarge(OriginUrl url, long maxBytes) => new(
        StatusCodes.Status502BadGateway, $"The file at {url.Host} is longer than the {maxBytes} bytes that this gateway fetches (gateway-max-size).");

    public static Problem UnclearLength(OriginUrl url, string contradiction) => new(
        StatusCodes.Status502BadGateway, $"The origin {url.Host} answers with {contradiction}, so that it cannot be known what the file is; nothing was kept.");

    public static Problem Unreachable(OriginUrl url) =>
        new(StatusCodes.Status502BadGateway, $"The origin {url.Host} cannot be reached, or broke off before it answered.");

    public static Problem UntrustedCertificate(OriginUrl url) => new(
        StatusCodes.Status502BadGateway,
        $"The TLS certificate of the origin {url.Host} is not trusted here; SSL_CERT_FILE in the server's environment names a file of authorities that are.");

    public static readonly Problem BrokenOff = new(StatusCodes.Status502BadGateway, "The origin broke off in the middle of the file; nothing was kept. Try again.");

    public static readonly Problem NoGit = new(
        StatusCodes.Status403Forbidden,
        "A git repository cannot be cloned through the gateway, and nothing of it is kept; take an archive of a tag instead, such as /archive/refs/tags/v1.0.tar.gz, or clone from its own URL.");

    public static Problem PromiseBroken(OriginUrl url, string index, string promised, string found) => new(
        StatusCodes.Status502BadGateway,
        $"What {url.Host} sends is not the file that the index at {index} names: it is {found}, the index says {promised}. The file at {url.Host} was changed, or the index is wrong; nothing was kept.");

    public static Problem NoRoom(OriginUrl url) => new(
        StatusCodes.Status507InsufficientStorage, $"The server has no room for the file at {url.Host}. Nothing was stored; tell its operator.");

    public static Problem TimedOut(OriginUrl url) =>
        new(StatusCodes.Status504GatewayTimeout, $"The origin {url.Host} did not answer in time (gateway-timeout).");
}

/// <summary>An origin was not asked, or its answer is of no use. The problem is for the gateway's client.</summary>
internal sealed class GatewayException(Problem problem, Exception? inner = null) : RefusedException(problem, inner)
{
    /// <summary>Whether the origin may well answer later, so that an older copy is better than nothing.</summary>
    public bool IsOriginDown { get; init; }

    /// <summary>Whether what came is not what an index says: an operator is to know.</summary>
    public bool IsBrokenPromise { get; init; }
}
