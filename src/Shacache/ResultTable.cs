using Spectre.Console;

namespace Shacache.Cli;

/// <summary>A table on the standard output: drawn on a terminal, plain columns (<see cref="TextTable"/>) in a pipe.</summary>
internal sealed class ResultTable(params string[] headings)
{
    private readonly List<string?[]> _rows = [];

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
        var table = new Table { Border = TableBorder.Rounded };
        foreach (string heading in headings)
            table.AddColumn(new TableColumn(new Text(heading)));
        foreach (string?[] row in _rows)
            table.AddRow(row.Select(cell => new Text(TextTable.Clean(cell))));
        console.Write(table);
    }
}
