using System.Globalization;
using System.Text;

namespace Shacache.Client.Archives.Posix;

/// <summary>Names of files as the kernel has them: bytes that end with a NUL, in no particular encoding.</summary>
internal static class FileName
{
    private const int MaxDisplayCharacters = 200;

    /// <summary>A path that came as text, with its NUL.</summary>
    public static byte[] FromText(string text) => WithNul(Encoding.UTF8.GetBytes(text));

    /// <summary>The bytes with a terminating NUL.</summary>
    public static byte[] WithNul(ReadOnlySpan<byte> name)
    {
        byte[] result = new byte[name.Length + 1];
        name.CopyTo(result);
        return result;
    }

    /// <summary>A name for a message: one line, not too long, whatever bytes it holds.</summary>
    public static string ToDisplay(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        foreach (Rune rune in Encoding.UTF8.GetString(name.TrimEnd((byte)0)).EnumerateRunes())
        {
            if (text.Length > MaxDisplayCharacters)
                return text.Append('…').ToString();
            // Line ends, terminal control and characters that reverse the direction of writing have no place in a message.
            bool isPlain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            text.Append(isPlain ? rune.ToString() : $"\\u{rune.Value:x4}");
        }

        return text.ToString();
    }
}
