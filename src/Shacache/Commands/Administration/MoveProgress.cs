using System.Globalization;
using Shacache.Cli.Moving;
using Shacache.Cli.Output;
using Shacache.Client.Transfers;

namespace Shacache.Cli.Commands.Administration;

/// <summary>Shows how far a copy is: a bar on a terminal, and a line for each look at everything.</summary>
internal static class MoveProgress
{
    private const int WindowSamples = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs a copy.</summary>
    public static Task<T> ShowAsync<T>(Terminal terminal, MoveTally tally, Func<Task<T>> run) => terminal.ShowAllAsync(async progressOf =>
    {
        using ProgressLine? line = progressOf("copying");
        Task<T> running = run();
        var samples = new Queue<(long Objects, long Rows)>();
        while (await Task.WhenAny(running, Task.Delay(Interval)) != running)
            Show(line, tally, samples);
        return await running;
    });

    /// <summary>What one look at everything did.</summary>
    public static string Describe(MovePassDocument pass)
    {
        string time = string.Create(CultureInfo.InvariantCulture, $"pass {pass.Number}, {pass.Seconds:0.0} s");
        if (pass.IsQuiet)
            return $"{time}: nothing to do.";
        string rate = pass.Objects == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({pass.Objects / pass.Seconds:0.0} objects and {Amount.Of((long)(pass.Bytes / pass.Seconds))} a second)");
        return $"{time}: {ListChanges(pass)}{rate}.";
    }

    /// <summary>What there was to do, such as <c>objects 3 (1.0 MiB), entries 2</c>.</summary>
    public static string ListChanges(MovePassDocument pass)
    {
        List<string> changes = [];
        if (pass.Objects > 0)
            changes.Add($"objects {pass.Objects} ({Amount.Of(pass.Bytes)})");
        if (pass.RemovedObjects > 0)
            changes.Add($"removed objects {pass.RemovedObjects}");
        if (pass.GoneObjects > 0)
            changes.Add($"objects that went meanwhile {pass.GoneObjects}");
        return string.Join(", ", changes.Concat(pass.Rows.Select(row => $"{row.Key} {row.Value}")));
    }

    private static void Show(ProgressLine? line, MoveTally tally, Queue<(long Objects, long Rows)> samples)
    {
        // Before the first pass the stores are opened.
        if (line is null || tally.Pass == 0)
            return;
        (long objects, long rows) = (tally.Objects, tally.Rows);
        if (samples.Count > 0 && objects < samples.Last().Objects)
            samples.Clear();
        samples.Enqueue((objects, rows));
        if (samples.Count > WindowSamples)
            samples.Dequeue();

        // Bytes and their rate stand beside it, in a line of 80 columns: so objects, or rows when only they go on.
        (long Objects, long Rows) first = samples.Peek();
        bool areRows = objects == first.Objects && rows > first.Rows;
        double seconds = Math.Max(1, samples.Count - 1) * Interval.TotalSeconds;
        double rate = (areRows ? rows - first.Rows : objects - first.Objects) / seconds;
        line.Report(new TransferProgress(TransferStage.Downloading, tally.Bytes, tally.TotalBytes));
        line.Describe(string.Create(CultureInfo.InvariantCulture, $"pass {tally.Pass}, {(areRows ? Counted.Of(rows, "row") : Counted.Of(objects, "object"))} ({rate:0}/s)"));
    }
}
