using Microsoft.AspNetCore.Http;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Messages;
using Shacache.Http.Accounts;
using Shacache.Http.Transfers;

namespace Shacache.Http.Errors;

/// <summary>The one place where outcomes of the domain become status codes. The domain has never heard of HTTP.</summary>
internal static class ErrorMapping
{
    public static readonly Problem UnknownPath = new(StatusCodes.Status404NotFound, ServerLines.UnknownPath);

    public static readonly Problem ReadOnly =
        new(StatusCodes.Status403Forbidden, "This server is read-only: it accepts no uploads. Nothing was stored.");

    public static readonly Problem FromWebPage = new(
        StatusCodes.Status403Forbidden, "A web page sent this (Origin). Without an account, a page may read content here, and nothing else.");

    public static readonly Problem BothLengths = new(
        StatusCodes.Status400BadRequest, "The request has both Transfer-Encoding and Content-Length. Nothing was stored; send one of them.");

    public static readonly Problem ChunkedInOldProtocol =
        new(StatusCodes.Status400BadRequest, "HTTP/1.0 has no Transfer-Encoding. Nothing was stored; send Content-Length.");

    public static readonly Problem UnknownCoding =
        new(StatusCodes.Status400BadRequest, "The Transfer-Encoding is not known here; only chunked is. Nothing was stored.");

    public static readonly Problem UnreadableTrailer =
        new(StatusCodes.Status400BadRequest, "A field behind the chunked body is not UTF-8. Nothing was stored.");

    public static readonly Problem NoRoomToFill = new(
        StatusCodes.Status507InsufficientStorage, "The server has no room for this object, and cannot hand it on as its upstream does not say how long it is.");

    public static readonly Problem NoDigest = new(
        StatusCodes.Status404NotFound, "The path names no object: a SHA-512 of 128 hexadecimal digits was expected behind the last slash.");

    public static readonly Problem PutWithoutDigest = new(
        StatusCodes.Status400BadRequest,
        "The path of a PUT must end in the SHA-512 of the body, 128 hexadecimal digits. Nothing was stored; use that, or POST.");

    public static Problem ConnectionField(string name) =>
        new(StatusCodes.Status400BadRequest, $"HTTP/2 has no {name}; nothing was done. Leave it out.");

    public static Problem ForeignHost(string host) => new(
        StatusCodes.Status403Forbidden,
        $"This server does not know itself as '{host}' (Host), as which a web page may have reached it; use its address or localhost, or name it in allowed-host.");

    public static Problem BlobUnknown(Digest digest) => new(StatusCodes.Status404NotFound, $"No object {digest} is stored here.");

    public static Problem KeyIllegal(string problem) => new(StatusCodes.Status400BadRequest, problem);

    public static Problem KeyUnknown(EntryKey key) => new(StatusCodes.Status404NotFound, $"No entry is listed under the key '{key}'.");

    public static Problem EntryIllegal(string problem) => new(StatusCodes.Status400BadRequest, $"{problem} Nothing was stored.");

    public static Problem EntryTooLarge(int maxBytes) => new(
        StatusCodes.Status413PayloadTooLarge, $"An entry may have {maxBytes} bytes at most (max-entry-size). Nothing was stored.");

    public static Problem BlobTooLarge(long maxBytes) => new(
        StatusCodes.Status413PayloadTooLarge, $"An object may have {maxBytes} bytes at most (max-blob-size). Nothing was stored.");

    public static Problem RangeUnsatisfiable(long lengthBytes) => new(
        StatusCodes.Status416RangeNotSatisfiable, $"The range lies outside of the object, which has {lengthBytes} bytes.");

    public static Problem PreconditionFailed(Digest digest) => new(
        StatusCodes.Status412PreconditionFailed, $"If-Match names another object than the one of this path, {digest}.");

    public static Problem MethodUnknown(string method, string allow) => new(
        StatusCodes.Status405MethodNotAllowed, $"The method {method} is not known here; this path allows {allow}.");

    public static Problem Unhealthy(string problem) => new(StatusCodes.Status503ServiceUnavailable, problem);

    /// <summary>What became of an upload; null when it is stored.</summary>
    public static Problem? FromIngest(in IngestResult result, Digest? expected, long maxBytes) => result.Status switch
    {
        IngestStatus.Created or IngestStatus.AlreadyStored => null,
        IngestStatus.TooLarge => BlobTooLarge(maxBytes),
        IngestStatus.DigestMismatch => new Problem(
            StatusCodes.Status400BadRequest,
            $"The path names digest {expected} but the {result.LengthBytes} bytes received hash to {result.Digest}. Nothing was stored; send it again."),
        IngestStatus.Truncated => new Problem(
            StatusCodes.Status400BadRequest, $"The body ended after {result.LengthBytes} bytes, before its Content-Length. Nothing was stored; send it again."),
        IngestStatus.Overlong => new Problem(StatusCodes.Status400BadRequest, "The body went on past its Content-Length. Nothing was stored; send it again."),
        _ => throw new InvalidOperationException($"Unknown outcome {result.Status}."),
    };

    /// <summary>What an exception means for the client. 5xx lines carry the trace id only: the log has the rest.</summary>
    public static Problem FromException(Exception exception, string traceId) => exception switch
    {
        StorageFullException or SpoolException => new Problem(
            StatusCodes.Status507InsufficientStorage, $"The server has no room for this. Nothing was stored; tell its operator (trace {traceId})."),
        BlobDamagedException => new Problem(StatusCodes.Status503ServiceUnavailable, "The stored copy turned out to be damaged and was put away; ask again."),
        _ when Descriptors.IsUsedUp(exception) => new Problem(
            StatusCodes.Status503ServiceUnavailable,
            "The server has as many files and connections open as it may have. Nothing was stored; try again later.", TimeSpan.FromSeconds(5)),
        AccountRefusedException refused => AccountProblems.FromRefusal(refused),
        QuotaExceededException quota => AccountProblems.QuotaUsedUp(quota.MaxBytes, quota.UntilMidnight),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new Problem(
            StatusCodes.Status408RequestTimeout, "The body came too slowly. Nothing was stored; send it again."),
        BadHttpRequestException bad => new Problem(bad.StatusCode, $"{Sentence(bad)} Nothing was stored."),

        // The stores have exceptions of their own; what is left comes from the body.
        IOException body => new Problem(StatusCodes.Status400BadRequest, $"The body could not be read: {Sentence(body)} Nothing was stored."),
        _ => new Problem(StatusCodes.Status500InternalServerError, $"The server failed on this request; its operator finds why under trace {traceId}."),
    };

    private static string Sentence(Exception exception) => exception.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ') + ".";

    /// <summary>What an answer means that the HTTP layer gave before any request reached the surfaces.</summary>
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
