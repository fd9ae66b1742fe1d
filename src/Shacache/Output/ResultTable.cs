using System.Globalization;
using System.Text;
using Shacache.Core.Messages;
using Spectre.Console;

namespace Shacache.Cli.Output;

/// <summary>A table on the standard output: drawn on a terminal, plain columns (<see cref="TextTable"/>) in a pipe.</summary>
internal sealed class ResultTable(params string[] headings)
{
    private readonly List<string?[]> _rows = [];

    /// <summary>Whether on a terminal each row is one line, whatever of it must be left out.</summary>
    public bool IsOneLine { get; init; }

    public void Add(params string?[] cells) => _rows.Add(cells);

    public void Write()
    {
        if (Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb")
            WritePlain();
        else
            WriteDrawn();
    }

    private void WritePlain()
    {
        var table = new TextTable(headings);
        foreach (string?[] row in _rows)
            table.Add(row);
        table.Write(Console.Out);
    }

    private void WriteDrawn()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        string[][] rows = [headings, .. _rows.Select(row => row.Select(TextTable.Clean).ToArray())];
        int?[] widths = new TableLayout(console.Profile.Width, IsOneLine).Fit(rows);
        var table = new Table { Border = TableBorder.Rounded };
        for (int column = 0; column < headings.Length; column++)
            table.AddColumn(new TableColumn(new Text(headings[column])) { NoWrap = widths[column] is not null, Width = widths[column] });
        foreach (string[] row in rows.Skip(1))
            table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
    }
}

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
