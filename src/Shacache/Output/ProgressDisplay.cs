using Shacache.Client.Transfers;
using Spectre.Console;

namespace Shacache.Cli.Output;

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
