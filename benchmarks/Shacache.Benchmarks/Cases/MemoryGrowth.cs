using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Cases;

/// <summary>Watches a server's resident memory while something happens.</summary>
internal static class MemoryGrowth
{
    private const int SampleMs = 20;

    /// <returns>The peak, above what it was before, in bytes.</returns>
    public static long During(ServerProcess server, Action load)
    {
        long before = server.ResidentBytes;
        long peak = before;
        using var done = new ManualResetEventSlim();
        var sampler = new Thread(() =>
        {
            do
                peak = Math.Max(peak, server.ResidentBytes);
            while (!done.Wait(SampleMs));
        });
        sampler.Start();
        try
        {
            load();
        }
        finally
        {
            done.Set();
            sampler.Join();
        }

        return peak - before;
    }
}
