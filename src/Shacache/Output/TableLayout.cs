using System.Globalization;

namespace Shacache.Cli.Output;

/// <summary>Makes a table fit a terminal: what has no spaces, such as a digest, a key or a path, loses its middle, as far as it must.</summary>
/// <param name="width">How many columns of characters the terminal has.</param>
/// <param name="isOneLine">Whether every cell may lose its middle, so that each row is one line; otherwise prose goes on in the next line.</param>
internal sealed class TableLayout(int width, bool isOneLine)
{
    /// <summary>What a drawn column takes beside its text.</summary>
    private const int BorderWidth = 3;

    /// <summary>So much of a digest can still be told from others.</summary>
    private const int MinNameWidth = 16;

    /// <summary>On a terminal that is far too small.</summary>
    private const int MinWidth = 4;

    /// <summary>Shortens the cells of a table.</summary>
    /// <param name="rows">All rows, the headings first; changed.</param>
    /// <returns>For each column its width when its cells are never broken; null for prose.</returns>
    public int?[] Fit(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. rows[0].Select((_, column) => rows.Max(row => TextTable.Width(row[column])))];
        bool[] isName = [.. rows[0].Select((_, column) => isOneLine || rows.All(row => !row[column].Contains(' ', StringComparison.Ordinal)))];
        int excess = widths.Sum() + (widths.Length * BorderWidth) + 1 - width;
        excess = Shrink(widths, isName, excess, MinNameWidth);
        if (isOneLine)
            Shrink(widths, isName, excess, MinWidth);
        foreach (string[] row in rows.Skip(1))
        {
            for (int column = 0; column < row.Length; column++)
            {
                if (isName[column])
                    row[column] = Shorten(row[column], widths[column]);
            }
        }

        return [.. widths.Select((found, column) => isName[column] ? found : (int?)null)];
    }

    /// <summary>A text without its middle, when it is longer than that.</summary>
    public static string Shorten(string text, int width)
    {
        if (TextTable.Width(text) <= width)
            return text;
        var letters = new StringInfo(text);
        int end = (width - 1) / 2;
        return $"{letters.SubstringByTextElements(0, width - 1 - end)}…{letters.SubstringByTextElements(letters.LengthInTextElements - end)}";
    }

    /// <summary>Takes from the widest first.</summary>
    /// <returns>By how much the table is still too wide.</returns>
    private static int Shrink(int[] widths, bool[] isName, int excess, int smallest)
    {
        while (excess > 0)
        {
            int widest = Array.IndexOf(widths, widths.Where((found, column) => isName[column] && found > smallest).DefaultIfEmpty(-1).Max());
            if (widest < 0)
                break;
            widths[widest]--;
            excess--;
        }

        return excess;
    }
}
