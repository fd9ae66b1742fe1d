using System.Diagnostics;

namespace Shacache.Tests.Tier;

/// <summary>How fast clients were in windows of 10 s. What is read in them are the same objects each time, so that windows can be compared although there are more and more objects.</summary>
/// <param name="clients">The clients.</param>
/// <param name="cancellationToken">Stops.</param>
internal sealed class RunRates(RunClients clients, CancellationToken cancellationToken)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>Measures.</summary>
    public async Task<IReadOnlyList<RunRate>> MeasureAsync(int windows)
    {
        List<RunRate> rates = [];
        while (rates.Count < windows)
        {
            (int reads, int acknowledged) = (clients.Reads, clients.Acknowledged);
            long began = Stopwatch.GetTimestamp();
            await Task.Delay(Window, cancellationToken);
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            rates.Add(new RunRate((clients.Reads - reads) / seconds, (clients.Acknowledged - acknowledged) / seconds));
        }

        return rates;
    }

    /// <summary>One rate as a share of the mean of others.</summary>
    public static string Compare(RunRate rate, IReadOnlyList<RunRate> others) =>
        $"reads {100 * rate.Reads / others.Average(other => other.Reads):F0} %, uploads {100 * rate.Uploads / others.Average(other => other.Uploads):F0} %";
}

/// <summary>Reads and uploads a second.</summary>
/// <param name="Reads">Those that were right.</param>
/// <param name="Uploads">Those that were acknowledged.</param>
internal readonly record struct RunRate(double Reads, double Uploads)
{
    public override string ToString() => $"{Reads:F0}/{Uploads:F0}";
}
