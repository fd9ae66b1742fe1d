using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Bundles;
using Shacache.Cli.Output;
using Shacache.Client.Mirrors;

namespace Shacache.Cli.Commands.Mirrors;

/// <summary>Says what could not be pulled, and what could. Safe for concurrent use.</summary>
internal sealed class PullFailures(Terminal terminal)
{
    /// <summary>The most that are shown, and that JSON lists.</summary>
    private const int MaxShown = 1000;

    private readonly Lock _gate = new();
    private readonly List<PullFailure> _failures = [];

    public void Add(PullFailure failure)
    {
        lock (_gate)
        {
            if (_failures.Count >= MaxShown)
                return;
            _failures.Add(failure);
            terminal.Warn(ErrorReport.OneLine(failure.ToString()));
        }
    }

    /// <param name="totals">What became of all.</param>
    /// <param name="isDone">Whether it came to its end, rather than being stopped.</param>
    /// <param name="json">Whether it is printed as JSON.</param>
    public void Report(PullTotals totals, bool isDone, bool json)
    {
        lock (_gate)
        {
            if (json)
                Console.Out.WriteLine(JsonOutput.Text(ToJson(totals, isDone)));
            if (totals.Failed > _failures.Count)
                Console.Error.WriteLine($"shacache: warning: {totals.Failed - _failures.Count} more failed, which are not shown.");
            if (!json)
            {
                Console.Error.WriteLine(
                    $"{(isDone ? "" : "Stopped: ")}{Counted.Of(totals.Keys, "key")} ({totals.ChangedKeys} new or changed) " +
                    $"with {Counted.Of(totals.Entries, "entry", "entries")}; {Counted.Of(totals.Objects, "object")} transferred " +
                    $"({BundleOptions.Size(totals.Bytes)}), {totals.Here} there already; {totals.Failed} failed.{(isDone ? "" : " Run it again to go on.")}");
            }
        }
    }

    private JsonObject ToJson(PullTotals totals, bool isDone) => new()
    {
        ["done"] = isDone,
        ["keys"] = totals.Keys,
        ["changed_keys"] = totals.ChangedKeys,
        ["entries"] = totals.Entries,
        ["objects"] = totals.Objects,
        ["bytes"] = totals.Bytes,
        ["here"] = totals.Here,
        ["failed"] = totals.Failed,
        ["failures"] = new JsonArray(
            [.. _failures.Select(failure => new JsonObject { ["key"] = failure.Key, ["sha512"] = failure.Sha512, ["problem"] = failure.Problem })]),
    };
}
