using Shacache.Client.Transfers;
using Shacache.Core.Messages;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shacache.Cli.Output;

/// <summary>One line for a transfer among others, whatever its stage.</summary>
internal sealed class ProgressLine : IProgress<TransferProgress>, IDisposable
{
    private const int MaxTitleLength = 32;

    private readonly string _title;
    private readonly ProgressTask _task;
    private readonly TransferMeter _meter;
    private TransferStage? _stage;

    public ProgressLine(ProgressContext context, TransferColumn column, string title)
    {
        title = Printable.Of(title);
        _title = Markup.Escape(title.Length <= MaxTitleLength ? title : title[..(MaxTitleLength - 1)] + "…");
        _task = context.AddTask(_title);
        _task.IsIndeterminate = true;
        _meter = column.MeterOf(_task);
    }

    public void Report(TransferProgress value)
    {
        if (_stage != value.Stage)
        {
            _stage = value.Stage;
            _task.Description = $"{_title} {WordFor(value.Stage)}";
            _meter.BeginAnew();
        }

        _task.IsIndeterminate = value.TotalBytes is null;
        // One more than there is: a stage that is done does not end the line.
        _task.MaxValue = (value.TotalBytes ?? value.DoneBytes) + 1;
        _task.Value = value.DoneBytes;
        _meter.Report(value.DoneBytes, value.TotalBytes);
    }

    /// <summary>Says in words what it is about, for as long as it takes.</summary>
    public void Describe(string words) => _task.Description = Markup.Escape(Printable.Of(words));

    /// <summary>The line goes away.</summary>
    public void Dispose() => _task.StopTask();

    private static string WordFor(TransferStage stage) => stage switch
    {
        TransferStage.Downloading => "from the cache",
        TransferStage.Fetching => "from the origin",
        TransferStage.Hashing or TransferStage.Uploading => "to the cache",
        _ => stage.ToString(),
    };
}

/// <summary>One line for each stage of a transfer.</summary>
internal sealed class ProgressDisplay(ProgressContext context, TransferColumn column) : IProgress<TransferProgress>
{
    private TransferStage _stage;
    private ProgressTask? _task;

    public void Report(TransferProgress value)
    {
        if (_task is null || _stage != value.Stage)
        {
            _task?.StopTask();
            _stage = value.Stage;
            _task = context.AddTask(value.Stage.ToString());
        }

        _task.IsIndeterminate = value.TotalBytes is null;
        _task.MaxValue = Math.Max(value.TotalBytes ?? value.DoneBytes, 1);
        _task.Value = value.DoneBytes;
        column.MeterOf(_task).Report(value.DoneBytes, value.TotalBytes);
    }
}

/// <summary>A line that is shown while progress is: what is left of the bars where it stands is erased first.</summary>
internal sealed class LineAboveProgress(string line) : Renderable
{
    /// <summary>ECMA-48, ED: from the cursor to the end of the screen.</summary>
    private const string EraseBelow = "\e[J";

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        options.Ansi ? [Segment.Control(EraseBelow), new Segment(line), Segment.LineBreak] : [new Segment(line), Segment.LineBreak];
}
