using System.Globalization;
using System.Text;

namespace Shacache.Core.Messages;

/// <summary>Foreign text that is shown to people: what could steer a terminal, break a line or hide a letter is written as an escape.</summary>
/// <remarks>
/// Control characters (C0, DEL, C1), format characters (marks that turn the direction of writing, invisible ones), line and paragraph separators, unpaired
/// surrogates: each becomes <c>\u</c> and four hexadecimal digits for each unit of UTF-16, as in JSON.
/// </remarks>
public static class Printable
{
    /// <summary>The text on one line.</summary>
    public static string Of(string text) => Escape(text, keep: "");

    /// <summary>Text of several lines, such as JSON, whose meaning stays: what is escaped stands inside its strings only.</summary>
    public static string OfLines(string text) => Escape(text, keep: "\n\r\t");

    private static string Escape(string text, string keep)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder? escaped = null;
        for (int i = 0; i < text.Length;)
        {
            bool isRune = Rune.TryGetRuneAt(text, i, out Rune rune);
            int length = isRune ? rune.Utf16SequenceLength : 1;
            bool isPlain = isRune && (!IsHarmful(rune) || (rune.IsBmp && keep.Contains((char)rune.Value, StringComparison.Ordinal)));
            if (isPlain)
            {
                escaped?.Append(text, i, length);
            }
            else
            {
                escaped ??= new StringBuilder(text, 0, i, text.Length + 16);
                for (int j = i; j < i + length; j++)
                    escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[j]:x4}");
            }

            i += length;
        }

        return escaped?.ToString() ?? text;
    }

    private static bool IsHarmful(Rune rune) => !rune.IsAscii
        ? Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        : rune.Value is < 0x20 or 0x7f;
}

/// <summary>Lines of a server's answers by which clients know what was meant.</summary>
public static class ServerLines
{
    /// <summary>The answer to a path that is neither content nor directory: a base URL with another path than the server's.</summary>
    public const string UnknownPath = "There is nothing at this path; '/' says what is where.";
}
