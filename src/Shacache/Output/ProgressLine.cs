using Shacache.Client.Transfers;
using Shacache.Core.Messages;
using Spectre.Console;

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
