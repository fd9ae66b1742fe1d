using System.Net.Http.Headers;

namespace Shacache.Protocol;

/// <summary>Where a body that broke off goes on: what a request for the rest says, and whether an answer is that rest (RFC 9110, 13.1.5 and 14.4).</summary>
/// <param name="FirstByte">The first byte that is missing.</param>
/// <param name="TotalBytes">The length of the whole; null when it is not known.</param>
public readonly record struct ResumePoint(long FirstByte, long? TotalBytes)
{
    /// <summary>The value of <c>Range</c>.</summary>
    public string Range => new RangeHeaderValue(FirstByte, null).ToString();

    /// <summary>The value of <c>If-Range</c> by which the sender of an answer knows that it still has the same bytes: a strong entity tag.</summary>
    /// <returns>Null when the answer has none.</returns>
    public static string? FindTag(HttpResponseMessage answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer.Headers.NonValidated.TryGetValues("ETag", out HeaderStringValues tags) && tags.Count == 1 && tags.ToString() is ['"', ..] tag ? tag : null;
    }

    /// <summary>Whether an answer with status 206 begins here, and is of a whole that is as long.</summary>
    public bool IsContinuedBy(ContentRangeHeaderValue? range) =>
        range is { Unit: "bytes", From: { } from } && from == FirstByte && (range.Length is null || TotalBytes is null || range.Length == TotalBytes);
}
