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
