using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Http.Answers;

namespace Shacache.Http.Content;

/// <summary>What is refused about content.</summary>
internal static class ContentProblems
{
    public static readonly Problem NoDigest = new(
        StatusCodes.Status404NotFound, "The path names no object: a SHA-512 of 128 hexadecimal digits was expected after the last slash.");

    public static readonly Problem PutWithoutDigest = new(
        StatusCodes.Status400BadRequest,
        "The path of a PUT must end in the SHA-512 of the body, 128 hexadecimal digits. Nothing was stored; use that, or POST.");

    public static Problem Unknown(Digest digest) => new(StatusCodes.Status404NotFound, $"No object {digest} is stored here.");

    public static Problem TooLarge(long maxBytes) => new(
        StatusCodes.Status413PayloadTooLarge, $"An object may have {maxBytes} bytes at most (max-blob-size). Nothing was stored.");

    public static Problem RangeUnsatisfiable(long lengthBytes) => new(
        StatusCodes.Status416RangeNotSatisfiable, $"The range lies outside of the object, which has {lengthBytes} bytes.");

    public static Problem PreconditionFailed(Digest digest) => new(
        StatusCodes.Status412PreconditionFailed, $"If-Match names another object than the one of this path, {digest}.");

    /// <summary>What became of an upload; null when it is stored.</summary>
    public static Problem? From(in IngestResult result, Digest? expected, long maxBytes) => result.Status switch
    {
        IngestStatus.Created or IngestStatus.AlreadyStored => null,
        IngestStatus.TooLarge => TooLarge(maxBytes),
        IngestStatus.DigestMismatch => new Problem(
            StatusCodes.Status400BadRequest,
            $"The path names digest {expected} but the {result.LengthBytes} bytes received hash to {result.Digest}. Nothing was stored; send it again."),
        IngestStatus.Truncated => new Problem(
            StatusCodes.Status400BadRequest, $"The body ended after {result.LengthBytes} bytes, before its Content-Length. Nothing was stored; send it again."),
        IngestStatus.Overlong => new Problem(StatusCodes.Status400BadRequest, "The body went on past its Content-Length. Nothing was stored; send it again."),
        _ => throw new InvalidOperationException($"Unknown outcome {result.Status}."),
    };
}
