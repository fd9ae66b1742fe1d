using System.Globalization;

namespace Shacache.Protocol;

/// <summary>How soon the next part of a body must come: a sender that sends next to nothing is treated like one that hangs.</summary>
/// <remarks>
/// Only the time in which the sender is waited for counts. A receiver that is slow itself, because of its disk or its own reader, does not blame the sender.
/// Within each window of such time, as many bytes must come as the minimum rate makes of it, or one when the rate is 0. For one answer; not for several threads.
/// </remarks>
/// <param name="minBytesPerSecond">The minimum rate; 0 for any.</param>
/// <param name="window">The longest wait for one byte, and for as many as the rate asks for.</param>
/// <param name="time">The clock.</param>
public sealed class TransferPace(long minBytesPerSecond, TimeSpan window, TimeProvider time)
{
    private readonly double _neededBytes = Math.Max(1, minBytesPerSecond * window.TotalSeconds);
    private long _cameBytes;

    /// <summary>How long was waited for what is still missing of this window's bytes.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>How long may be waited from now on, until it is too slow.</summary>
    public TimeSpan Patience => Waited < window ? window - Waited : TimeSpan.Zero;

    /// <summary>What is wrong when the patience ended in the wait that is not counted yet.</summary>
    public string Problem => string.Create(
        CultureInfo.InvariantCulture,
        $"{(_cameBytes == 0 || Waited < window / 2 ? "no further byte" : $"only {_cameBytes} bytes")} within {window.TotalSeconds:0.###} s");

    /// <summary>Counts a wait that ended.</summary>
    /// <param name="waited">How long it took.</param>
    /// <param name="cameBytes">What came of it.</param>
    public void Note(TimeSpan waited, int cameBytes)
    {
        _cameBytes += cameBytes;
        Waited += waited;
        if (_cameBytes < _neededBytes)
            return;
        _cameBytes = 0;
        Waited = TimeSpan.Zero;
    }

    /// <summary>Reads what comes next.</summary>
    /// <exception cref="TimeoutException">It is too slow. The source is of no use any more.</exception>
    public async ValueTask<int> ReadAsync(Stream source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        long start = time.GetTimestamp();
        try
        {
            int count = await source.ReadAsync(buffer, patience.Token).ConfigureAwait(false);
            Note(time.GetElapsedTime(start), count);
            return count;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            string problem = Problem;
            Note(time.GetElapsedTime(start), 0);
            throw new TimeoutException($"The sender is too slow: {problem}.", e);
        }
    }
}
