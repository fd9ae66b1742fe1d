using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Shacache.Core.Entries;

/// <summary>A key of the directory: 1 to 1,024 bytes of UTF-8, one path segment (docs/protocol.md, "Keys").</summary>
public sealed record EntryKey
{
    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int MaxBytes = 1024;

    private static readonly string TooLong = $"The key is longer than {MaxBytes} bytes of UTF-8.";

    private const string LoneSurrogate = "The key is not valid Unicode (a lone surrogate).";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Printable ASCII without the percent sign.</summary>
    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code).Where(c => c != '%')]);

    private EntryKey(string value) => Value = value;

    /// <summary>The key itself, not escaped.</summary>
    public string Value { get; }

    /// <summary>Checks a key that is plain text (command line, configuration).</summary>
    /// <param name="value">The key, not escaped.</param>
    /// <param name="key">The key.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryCreate(string value, [NotNullWhen(true)] out EntryKey? key, [NotNullWhen(false)] out string? problem)
    {
        problem = FindProblem(value);
        key = problem is null ? new EntryKey(value) : null;
        return problem is null;
    }

    /// <summary>Checks a key that is plain text.</summary>
    /// <exception cref="FormatException">It is not a legal key; the message says why.</exception>
    public static EntryKey Create(string value) =>
        TryCreate(value, out EntryKey? key, out string? problem) ? key : throw new FormatException(problem);

    /// <summary>Decodes and checks a key that comes as the last segment of a request's path.</summary>
    /// <remarks>
    /// Decoded once: <c>%252F</c> is the key <c>%2F</c>. A bare <c>%</c> that starts no escape stands for itself.
    /// </remarks>
    /// <param name="segment">Everything after the surface's prefix and its slash, as it came over the wire, without the query.</param>
    /// <param name="key">The key.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParsePathSegment(
        ReadOnlySpan<char> segment, [NotNullWhen(true)] out EntryKey? key, [NotNullWhen(false)] out string? problem)
    {
        // Nearly every key looks like this, and costs its text only.
        if (segment.Length <= MaxBytes && !segment.ContainsAnyExcept(Plain))
            return TryCreate(segment.ToString(), out key, out problem);

        key = null;
        Span<byte> utf8 = stackalloc byte[MaxBytes];
        if (!TryDecode(segment, utf8, out int length, out problem))
            return false;
        try
        {
            return TryCreate(StrictUtf8.GetString(utf8[..length]), out key, out problem);
        }
        catch (DecoderFallbackException)
        {
            problem = "The key is not valid UTF-8.";
            return false;
        }
    }

    /// <summary>The key as one path segment of a URL, every byte escaped that could mean something else there.</summary>
    public string ToPathSegment() => Uri.EscapeDataString(Value);

    /// <summary>The key itself.</summary>
    public override string ToString() => Value;

    private static bool TryDecode(ReadOnlySpan<char> segment, Span<byte> utf8, out int length, [NotNullWhen(false)] out string? problem)
    {
        length = 0;
        // Three characters make at least one byte: a longer text need not be looked at.
        problem = segment.Length > 3 * MaxBytes ? TooLong : null;
        for (ReadOnlySpan<char> rest = segment; problem is null && !rest.IsEmpty;)
        {
            Span<byte> free = utf8[length..];
            if (rest is ['%', var high, var low, ..] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low))
            {
                if (free.IsEmpty)
                    problem = TooLong;
                else
                    free[0] = byte.Parse(rest.Slice(1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                length++;
                rest = rest[3..];
                continue;
            }

            switch (Rune.DecodeFromUtf16(rest, out Rune rune, out int charsConsumed))
            {
                case OperationStatus.Done when rune.TryEncodeToUtf8(free, out int written):
                    length += written;
                    rest = rest[charsConsumed..];
                    break;
                case OperationStatus.Done:
                    problem = TooLong;
                    break;
                default:
                    problem = LoneSurrogate;
                    break;
            }
        }

        return problem is null;
    }

    private static string? FindProblem(string value)
    {
        if (value.Length == 0)
            return "The key is empty.";
        if (value is "." or "..")
            return "The key is '.' or '..'.";
        if (value.Length > MaxBytes)
            return TooLong;
        foreach (char c in value)
        {
            if (c == '/')
                return "The key holds a slash.";
            if (char.IsControl(c))
                return $"The key holds a control character (U+{(int)c:X4}).";
        }

        try
        {
            return StrictUtf8.GetByteCount(value) <= MaxBytes ? null : TooLong;
        }
        catch (EncoderFallbackException)
        {
            return LoneSurrogate;
        }
    }
}
