using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Shacache.Core.Entries;

/// <summary>A key of the directory: 1 to 1,024 bytes of UTF-8, one path segment (docs/protocol.md, "Keys").</summary>
public sealed record EntryKey
{
    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int MaxBytes = 1024;

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
    /// <param name="segment">Everything behind the surface's prefix and its slash, as it came over the wire, without the query.</param>
    /// <param name="key">The key.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParsePathSegment(
        ReadOnlySpan<char> segment, [NotNullWhen(true)] out EntryKey? key, [NotNullWhen(false)] out string? problem)
    {
        key = null;
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(segment.Length)];
        int length = 0;
        for (int i = 0; i < segment.Length; i++)
        {
            if (segment[i] == '%' && i + 2 < segment.Length && char.IsAsciiHexDigit(segment[i + 1]) && char.IsAsciiHexDigit(segment[i + 2]))
            {
                bytes[length++] = Convert.FromHexString(segment.Slice(i + 1, 2))[0];
                i += 2;
            }
            else
            {
                int run = 1;
                while (i + run < segment.Length && segment[i + run] != '%')
                    run++;
                length += Encoding.UTF8.GetBytes(segment.Slice(i, run), bytes.AsSpan(length));
                i += run - 1;
            }
        }

        string value;
        try
        {
            value = StrictUtf8.GetString(bytes.AsSpan(0, length));
        }
        catch (DecoderFallbackException)
        {
            problem = "The key is not valid UTF-8.";
            return false;
        }

        return TryCreate(value, out key, out problem);
    }

    /// <summary>The key as one path segment of a URL, every byte escaped that could mean something else there.</summary>
    public string ToPathSegment() => Uri.EscapeDataString(Value);

    /// <summary>The key itself.</summary>
    public override string ToString() => Value;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static string? FindProblem(string value)
    {
        if (value.Length == 0)
            return "The key is empty.";
        if (value is "." or "..")
            return "The key is '.' or '..'.";
        foreach (char c in value)
        {
            if (c == '/')
                return "The key holds a slash.";
            if (char.IsControl(c))
                return $"The key holds a control character (U+{(int)c:X4}).";
        }

        int bytes;
        try
        {
            bytes = StrictUtf8.GetByteCount(value);
        }
        catch (EncoderFallbackException)
        {
            return "The key is not valid Unicode (a lone surrogate).";
        }

        return bytes <= MaxBytes ? null : $"The key has {bytes} bytes; at most {MaxBytes} are allowed.";
    }
}
