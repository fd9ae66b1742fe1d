using Shacache.Client.Transfers;
using Spectre.Console;

namespace Shacache.Cli.Output;

/// <summary>What a running command shows to people, on the error output: a progress bar when that is a terminal, and warnings.</summary>
internal sealed class Terminal
{
    private readonly IAnsiConsole? _console;
    private bool _showsProgress;

    /// <param name="quiet">No progress bar.</param>
    public Terminal(bool quiet)
    {
        if (!quiet && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"))
            _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    }

    /// <summary>Shows one line that warns. Safe during a transfer.</summary>
    public void Warn(string message) => Say($"warning: {message}");

    /// <summary>Shows one line. Safe during a transfer.</summary>
    public void Say(string message)
    {
        string line = $"shacache: {ErrorReport.OneLine(message)}";
        if (_showsProgress)
            _console!.Write(new LineAboveProgress(line));
        else
            Console.Error.WriteLine(line);
    }

    /// <summary>Runs a transfer and shows how far it is. The bar goes away at its end.</summary>
    public Task<T> ShowAsync<T>(Func<IProgress<TransferProgress>?, Task<T>> transfer) =>
        ShowAsync<T>((context, column) => transfer(context is null ? null : new ProgressDisplay(context, column)), hideCompleted: false);

    /// <summary>Runs several transfers at once, and shows a line for each, from when it is asked for until it is disposed.</summary>
    public Task<T> ShowAllAsync<T>(Func<Func<string, ProgressLine?>, Task<T>> transfers) =>
        ShowAsync<T>((context, column) => transfers(title => context is null ? null : new ProgressLine(context, column, title)), hideCompleted: true);

    private async Task<T> ShowAsync<T>(Func<ProgressContext?, TransferColumn, Task<T>> transfer, bool hideCompleted)
    {
        var column = new TransferColumn(TimeProvider.System);
        if (_console is null)
            return await transfer(null, column);
        _showsProgress = true;
        try
        {
            return await _console.Progress()
                .AutoClear(true)
                .HideCompleted(hideCompleted)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), column)
                .StartAsync(context => transfer(context, column));
        }
        finally
        {
            _showsProgress = false;
        }
    }
}
