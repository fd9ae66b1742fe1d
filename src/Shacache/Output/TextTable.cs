using System.Globalization;
using System.Text;
using Shacache.Core.Messages;

namespace Shacache.Cli.Output;

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

    /// <summary>Foreign text on one line, escaped where it could steer a terminal; <c>-</c> for nothing.</summary>
    public static string Clean(string? cell) => string.IsNullOrWhiteSpace(cell) ? "-" : Printable.Of(cell);

    /// <summary>How many letters a text has.</summary>
    public static int Width(string cell) => new StringInfo(cell).LengthInTextElements;
}
