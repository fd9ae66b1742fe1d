using System.Collections.Concurrent;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shacache.Cli.Output;

/// <summary>Tells of one transfer how much is done, how fast it is and how long the rest will take, for people.</summary>
/// <remarks>Safe for concurrent use: a bar is drawn while pieces come.</remarks>
internal sealed class TransferMeter(TimeProvider timeProvider)
{
    /// <summary>The rate is that of the last seconds.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>Before that, a rate would be a guess.</summary>
    private static readonly TimeSpan MinSpan = TimeSpan.FromSeconds(0.5);

    private readonly Lock _lock = new();
    private readonly Queue<(long Time, long Bytes)> _pieces = [];
    private long _doneBytes;
    private long? _totalBytes;
    private bool _isKnown;

    /// <summary>Notes how far it is. What goes back begins anew.</summary>
    /// <param name="doneBytes">So much is done.</param>
    /// <param name="totalBytes">Of so much; null when that is not known.</param>
    public void Report(long doneBytes, long? totalBytes)
    {
        long now = timeProvider.GetTimestamp();
        lock (_lock)
        {
            if (!_isKnown || doneBytes < _doneBytes)
                _pieces.Clear();
            (_doneBytes, _totalBytes, _isKnown) = (doneBytes, totalBytes, true);
            // Not every piece: a few in a second are enough.
            if (_pieces.Count == 0 || timeProvider.GetElapsedTime(_pieces.Last().Time, now) > TimeSpan.FromMilliseconds(100))
                _pieces.Enqueue((now, doneBytes));
            while (_pieces.Count > 2 && timeProvider.GetElapsedTime(_pieces.Peek().Time, now) > Window)
                _pieces.Dequeue();
        }
    }

    /// <summary>Another stage begins: nothing is known of it yet.</summary>
    public void BeginAnew()
    {
        lock (_lock)
        {
            _isKnown = false;
            _pieces.Clear();
        }
    }

    /// <summary>Such as <c>12.5 of 100.0 MiB  5.0 MiB/s  18 s left</c>; empty while nothing is known.</summary>
    public override string ToString()
    {
        lock (_lock)
        {
            if (!_isKnown)
                return "";
            string size = _totalBytes is { } total && total >= _doneBytes ? $"{Amount.Of(_doneBytes, total)}" : Amount.Of(_doneBytes);
            return FindRate() is { } rate ? $"{size}  {Amount.Of(rate)}/s{Rest(rate)}" : size;
        }
    }

    private string Rest(long rate)
    {
        if (_totalBytes is not { } total || total <= _doneBytes || rate <= 0)
            return "";
        double seconds = (total - _doneBytes) / (double)rate;
        return seconds switch
        {
            < 100 => string.Create(CultureInfo.InvariantCulture, $"  {Math.Ceiling(seconds):0} s left"),
            < 100 * 60 => string.Create(CultureInfo.InvariantCulture, $"  {seconds / 60:0} min left"),
            _ => string.Create(CultureInfo.InvariantCulture, $"  {seconds / 3600:0} h left"),
        };
    }

    /// <summary>Bytes a second; null while too little has been seen.</summary>
    private long? FindRate()
    {
        if (_pieces.Count == 0)
            return null;
        TimeSpan span = timeProvider.GetElapsedTime(_pieces.Peek().Time);
        return span < MinSpan ? null : (long)((_doneBytes - _pieces.Peek().Bytes) / span.TotalSeconds);
    }
}

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
