using System.Text;
using Microsoft.Net.Http.Headers;

namespace Shacache.Http.Requests;

/// <summary>Lets Kestrel see no Content-Length but digits.</summary>
/// <remarks>
/// Kestrel reads <c>+5</c> as 5, where RFC 9110 (section 8.6) knows digits alone and a proxy in front may see no length. Two readings of one request
/// are how a body becomes another client's next request. The header's encoding is the one place where the text is seen before it
/// is a number: whatever is no digit becomes a letter, which Kestrel refuses with 400.
/// </remarks>
public sealed class ContentLengthEncoding : Encoding
{
    private const char NoDigit = 'x';
    private static readonly ContentLengthEncoding Instance = new();

    private ContentLengthEncoding()
    {
    }

    /// <summary>For <c>KestrelServerOptions.RequestHeaderEncodingSelector</c>: this encoding for Content-Length, Kestrel's own for all else.</summary>
    public static Encoding? Select(string headerName) =>
        string.Equals(headerName, HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase) ? Instance : null;

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(chars);
        ReadOnlySpan<byte> digits = bytes.AsSpan(byteIndex, byteCount);

        // Kestrel offers room for the longest number there is. A longer text is none.
        Span<char> room = chars.AsSpan(charIndex);
        if (digits.Length > room.Length)
        {
            room[0] = NoDigit;
            return 1;
        }

        for (int i = 0; i < digits.Length; i++)
            room[i] = char.IsAsciiDigit((char)digits[i]) ? (char)digits[i] : NoDigit;
        return digits.Length;
    }

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => byteCount;

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count) => count;

    /// <inheritdoc/>
    public override int GetMaxByteCount(int charCount) => charCount;

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        ASCII.GetBytes(chars, charIndex, charCount, bytes, byteIndex);
}
