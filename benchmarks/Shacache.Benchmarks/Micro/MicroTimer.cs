using System.Diagnostics;

namespace Shacache.Benchmarks.Micro;

/// <summary>Times one operation in a loop: the median of several rounds, and the bytes that each operation allocates.</summary>
internal static class MicroTimer
{
    private const int Rounds = 7;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan RoundLength = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs the operation until it is compiled for good, and then in rounds of 200 ms, or of one operation when that takes longer.</summary>
    public static async Task<MicroResult> RunAsync(string name, Func<ValueTask> operation, CancellationToken cancellationToken)
    {
        long perRound = Math.Max(1, await CountAsync(operation, WarmUp, cancellationToken) * RoundLength.Ticks / WarmUp.Ticks);
        var nanoseconds = new double[Rounds];
        var bytes = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            long start = Stopwatch.GetTimestamp();
            for (long i = 0; i < perRound; i++)
                await operation();
            nanoseconds[round] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / perRound;
            bytes[round] = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)perRound;
        }

        return new MicroResult(name, Report.Measurement.Median(nanoseconds), nanoseconds.Min(), nanoseconds.Max(), Report.Measurement.Median(bytes));
    }

    private static async Task<long> CountAsync(Func<ValueTask> operation, TimeSpan length, CancellationToken cancellationToken)
    {
        long count = 0;
        long start = Stopwatch.GetTimestamp();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            await operation();
            count++;
        }
        while (Stopwatch.GetElapsedTime(start) < length);
        return count;
    }
}
