using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Shacache.Protocol;

/// <summary>What the head of an answer says about the end of its body (RFC 9112, section 6.3).</summary>
public static class BodyLength
{
    /// <summary>Whether the end is told: by a length, or by chunks. Otherwise the end of the connection is the end of the body, also when it broke in the middle.</summary>
    public static bool IsTold(HttpResponseMessage answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer.Content.Headers.ContentLength is not null || answer.Headers.TransferEncodingChunked == true;
    }

    /// <summary>Why it cannot be known what the body is; null when it can.</summary>
    /// <remarks>Several equal lengths, each in a header of its own, are one. All else that two readers could take for two different bodies is refused.</remarks>
    /// <returns>Such as "two different lengths".</returns>
    public static string? FindContradiction(HttpResponseMessage answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        bool isEncoded = answer.Headers.NonValidated.TryGetValues("Transfer-Encoding", out HeaderStringValues encodings);
        bool hasLength = answer.Content.Headers.NonValidated.TryGetValues("Content-Length", out HeaderStringValues lengths);
        if (isEncoded && hasLength)
            return "a length and a transfer encoding";

        // No other encoding was asked for: the bytes would be kept in it.
        if (isEncoded && (answer.Version < HttpVersion.Version11 || encodings.Count != 1 || !encodings.ToString().Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase)))
            return "a transfer encoding other than chunks";
        string? first = null;
        foreach (string length in hasLength ? lengths : default)
        {
            if (!long.TryParse(length.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                return "a length that is no number";
            if (first is not null && first != length.Trim())
                return "two different lengths";
            first = length.Trim();
        }

        return null;
    }
}
