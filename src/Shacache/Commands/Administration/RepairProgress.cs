using Shacache.Cli.Output;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Commands.Administration;

/// <summary>Shows on a terminal how far work on the stores is.</summary>
internal static class RepairProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs something that tells how far it is.</summary>
    /// <param name="title">What it is, before anything is known of it.</param>
    /// <param name="run">Does it.</param>
    public static Task<T> ShowAsync<T>(string title, Func<Action<RepairProgressDocument>, Task<T>> run) => new Terminal(quiet: false).ShowAllAsync(async progressOf =>
    {
        using ProgressLine? line = progressOf(title);
        return await run(progress => Show(line, progress));
    });

    /// <summary>Runs something that counts what it does.</summary>
    /// <param name="title">What it is, before anything is known of it.</param>
    /// <param name="tally">What it counts.</param>
    /// <param name="run">Does it.</param>
    public static Task<T> ShowAsync<T>(string title, RepairTally tally, Func<Task<T>> run) => ShowAsync(title, async show =>
    {
        Task<T> running = run();
        while (await Task.WhenAny(running, Task.Delay(Interval)) != running)
            show(new RepairProgressDocument(tally.Stage, tally.Bytes, tally.TotalBytes, tally.Objects, tally.Damaged));
        return await running;
    });

    private static void Show(ProgressLine? line, RepairProgressDocument progress)
    {
        if (line is null)
            return;
        line.Report(new TransferProgress(TransferStage.Downloading, progress.Bytes, progress.TotalBytes));
        string share = progress.TotalBytes is > 0 and var total ? $", {Math.Min(100, progress.Bytes * 100 / total)} %" : "";
        string damaged = progress.Damaged > 0 ? $", {progress.Damaged} damaged" : "";
        line.Describe($"{progress.Stage}{share}, {Counted.Of(progress.Objects, "object")}{damaged}");
    }
}
