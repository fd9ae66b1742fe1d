using System.Buffers;
using System.Globalization;
using System.Text;

namespace Shacache.Http.Pages.Markup;

/// <summary>A text as one word of a command that people copy into their shell, whatever is in it.</summary>
internal static class ShellWord
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%_+=:,./-");

    /// <summary>As it is when no character of it means anything to a shell; else between quotes, with everything escaped that cannot be seen (bash, zsh).</summary>
    public static string Quote(string text)
    {
        if (text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Plain) && text[0] != '-')
            return text;
        var quoted = new StringBuilder(text.Length + 8);
        bool isEscaped = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            UnicodeCategory category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                isEscaped = true;
                quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}");
            }
            else if (rune.Value is '\'' or '\\')
            {
                isEscaped = true;
                quoted.Append('\\').Append((char)rune.Value);
            }
            else
            {
                quoted.Append(rune);
            }
        }

        return isEscaped ? $"$'{quoted}'" : $"'{quoted}'";
    }
}
