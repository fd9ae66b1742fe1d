using System.Collections.Concurrent;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shacache.Cli.Output;

/// <summary>The column of a progress bar that says how much of a transfer is done, how fast it is and how long the rest will take.</summary>
internal sealed class TransferColumn(TimeProvider timeProvider) : ProgressColumn
{
    private readonly ConcurrentDictionary<int, TransferMeter> _meters = new();

    protected override bool NoWrap => true;

    /// <summary>What is to be told of the pieces of a transfer, so that its line shows them.</summary>
    public TransferMeter MeterOf(ProgressTask task) => _meters.GetOrAdd(task.Id, _ => new TransferMeter(timeProvider));

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(_meters.TryGetValue(task.Id, out TransferMeter? meter) ? meter.ToString() : "");
}
