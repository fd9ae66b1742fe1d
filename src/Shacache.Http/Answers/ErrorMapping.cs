using Microsoft.AspNetCore.Http;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Messages;
using Shacache.Core.Retention;
using Shacache.Core.Stores;

namespace Shacache.Http.Answers;

/// <summary>
/// The one place where what went wrong becomes a status. What a feature refuses it says with a <see cref="Problem"/> of its own (classes named
/// Problems); every exception of a request ends here.
/// </summary>
internal static class ErrorMapping
{
    public static readonly Problem UnknownPath = new(StatusCodes.Status404NotFound, ServerLines.UnknownPath);

    public static readonly Problem NoTunnel = new(
        StatusCodes.Status405MethodNotAllowed, "CONNECT is not served: what goes through a tunnel cannot be kept. Give the client http URLs, or the path of a remote on this server.");

    public static readonly Problem NoProxy = new(
        StatusCodes.Status403Forbidden, "This server is no proxy for that host: its operator allows hosts by remotes of type apt, and by gateway-origins.");

    public static readonly Problem ReadOnly = new(StatusCodes.Status403Forbidden, "This server is read-only: it accepts no uploads. Nothing was stored.")
    {
        Reason = "read-only",
    };

    public static Problem MethodUnknown(string method, string allow) => new(
        StatusCodes.Status405MethodNotAllowed, $"The method {method} is not known here; this path allows {allow}.");

    /// <summary>What an exception means for the client. 5xx lines carry the trace id only: the log has the rest.</summary>
    public static Problem FromException(Exception exception, string traceId) => exception switch
    {
        RefusedException refused => refused.Problem,
        ContentBlockedException blocked => new Problem(StatusCodes.Status403Forbidden, blocked.Message) { Reason = "blocked" },
        StoreLimitException limit => new Problem(StatusCodes.Status507InsufficientStorage, limit.Message),
        StorageFullException => new Problem(
            StatusCodes.Status507InsufficientStorage, $"The server has no room for this. Nothing was stored; tell its operator (trace {traceId})."),
        BlobDamagedException => new Problem(StatusCodes.Status503ServiceUnavailable, "The stored copy turned out to be damaged and was put away; ask again."),
        _ when StoreFailure.IsAway(exception) => new Problem(
            StatusCodes.Status503ServiceUnavailable, $"A store of this server does not answer now. Nothing was stored; try again, or another server (trace {traceId}).", TimeSpan.FromSeconds(5)),
        _ when Descriptors.IsUsedUp(exception) => new Problem(
            StatusCodes.Status503ServiceUnavailable,
            "The server has as many files and connections open as it may have. Nothing was stored; try again later.", TimeSpan.FromSeconds(5)),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new Problem(
            StatusCodes.Status408RequestTimeout, "The body came too slowly. Nothing was stored; send it again."),
        BadHttpRequestException bad => new Problem(bad.StatusCode, $"{Sentence(bad)} Nothing was stored."),

        // The stores have exceptions of their own; what is left comes from the body.
        IOException body => new Problem(StatusCodes.Status400BadRequest, $"The body could not be read: {Sentence(body)} Nothing was stored."),
        _ => new Problem(StatusCodes.Status500InternalServerError, $"The server failed on this request; its operator finds why under trace {traceId}."),
    };

    private static string Sentence(Exception exception) => exception.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ') + ".";

    /// <summary>What an answer means that the web server gave before any request reached an endpoint.</summary>
    public static string ProtocolLine(int status) => status switch
    {
        StatusCodes.Status408RequestTimeout => "The request came too slowly: its headers were not complete in time.",
        StatusCodes.Status411LengthRequired => "The request has a body, but neither Content-Length nor chunked Transfer-Encoding.",
        StatusCodes.Status413PayloadTooLarge => "The body is longer than this server accepts.",
        StatusCodes.Status414UriTooLong => "The request line is longer than this server accepts.",
        StatusCodes.Status431RequestHeaderFieldsTooLarge => "The headers are more or longer than this server accepts.",
        StatusCodes.Status501NotImplemented => "The Transfer-Encoding is not known here; only chunked is.",
        StatusCodes.Status505HttpVersionNotsupported => "The protocol version is not known here; HTTP/1.0 and HTTP/1.1 are.",
        >= StatusCodes.Status500InternalServerError => "The server failed on this request.",
        _ => "The request is not well-formed HTTP: its request line, a header or the framing of its body is wrong.",
    };
}
