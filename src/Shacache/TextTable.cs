using System.Globalization;
using System.Text;

namespace Shacache.Cli;

/// <summary>A table for people and for scripts: the same on a terminal and in a pipe, its columns two spaces apart, no cell empty.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> _rows = [];

    public TextTable(params string[] headings) => _rows.Add(headings);

    /// <summary>Adds a row. Foreign text in it cannot move the cursor or break the line.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(Clean)]);

    public void Write(TextWriter output)
    {
        int[] widths = [.. Enumerable.Range(0, _rows[0].Length).Select(column => _rows.Max(row => Width(row[column])))];
        foreach (string[] row in _rows)
        {
            var line = new StringBuilder();
            for (int column = 0; column < row.Length - 1; column++)
                line.Append(row[column]).Append(' ', widths[column] - Width(row[column]) + 2);
            output.WriteLine(line.Append(row[^1]).ToString());
        }
    }

    /// <summary>Foreign text on one line, without what could steer a terminal; <c>-</c> for nothing.</summary>
    public static string Clean(string? cell)
    {
        if (string.IsNullOrWhiteSpace(cell))
            return "-";
        // Control and format characters: escape sequences, line ends, and marks that turn the direction of writing.
        return string.Create(cell.Length, cell, static (span, text) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(text[i]) || char.GetUnicodeCategory(text[i]) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator ? ' ' : text[i];
        });
    }

    private static int Width(string cell) => new StringInfo(cell).LengthInTextElements;
}
