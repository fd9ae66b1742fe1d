using Shacache.Core.Savings;

namespace Shacache.Benchmarks.Eviction;

/// <summary>A trace of requests, the same for the same seed, and its replay against an order of eviction with a clock of its own.</summary>
/// <remarks>
/// Objects from 4 KiB to 1 GiB, evenly over the magnitudes; one in four is a release that took from a second to ten hours to build, the more the larger, the
/// others come from origins at 1 to 100 MB/s. Which one is asked for follows Zipf's law, and whether it is large says nothing about that.
/// </remarks>
internal sealed class EvictionTrace
{
    private const int ObjectCount = 20_000;
    private const int RequestCount = 500_000;
    private const double ZipfExponent = 0.9;
    private const double StoreShare = 0.1;
    private const double MinLog = 12;
    private const double MaxLog = 30;

    private readonly BlobWorth[] _objects = new BlobWorth[ObjectCount];
    private readonly int[] _requests = new int[RequestCount];
    private readonly long _maxBytes;

    public EvictionTrace(int seed)
    {
        // Not for secrets: the same numbers each time.
        var random = new Random(seed);
        for (int i = 0; i < ObjectCount; i++)
            _objects[i] = NextObject(random);
        double[] shares = new double[ObjectCount];
        double sum = 0;
        for (int i = 0; i < ObjectCount; i++)
            shares[i] = sum += Math.Pow(i + 1, -ZipfExponent);
        for (int i = 0; i < RequestCount; i++)
        {
            int place = Array.BinarySearch(shares, random.NextDouble() * sum);
            _requests[i] = Math.Min(place < 0 ? ~place : place, ObjectCount - 1);
        }

        _maxBytes = (long)(_objects.Sum(worth => worth.LengthBytes) * StoreShare);
    }

    /// <summary>Asks for one after the other; what is not there is stored then.</summary>
    public TraceResult Replay(EvictionOrder order)
    {
        SortedSet<(long Rank, int Object)> stored = [];
        long[] ranks = new long[ObjectCount];
        long[] uses = new long[ObjectCount];
        bool[] isStored = new bool[ObjectCount];
        long storedBytes = 0;
        long age = 0;
        TraceSums all = default;
        TraceSums hits = default;
        for (int now = 0; now < RequestCount; now++)
        {
            int asked = _requests[now];
            BlobWorth worth = _objects[asked];
            double seconds = Math.Max(worth.BuildMs, worth.FetchMs) / 1000.0;
            all = all.Plus(worth.LengthBytes, seconds);
            if (isStored[asked])
            {
                hits = hits.Plus(worth.LengthBytes, seconds);
                stored.Remove((ranks[asked], asked));
                uses[asked]++;
            }
            else
            {
                isStored[asked] = true;
                uses[asked] = 0;
                storedBytes += worth.LengthBytes;
            }

            ranks[asked] = BlobRank.Of(order, age, now, worth with { Uses = uses[asked] });
            stored.Add((ranks[asked], asked));

            // As the server does: above the limit, down to 95 % of it. What was stored just now is within the grace.
            if (storedBytes <= _maxBytes)
                continue;
            stored.Remove((ranks[asked], asked));
            while (storedBytes > _maxBytes / 20 * 19 && stored.Count > 0)
            {
                (long rank, int gone) = stored.Min;
                stored.Remove(stored.Min);
                isStored[gone] = false;
                storedBytes -= _objects[gone].LengthBytes;
                age = Math.Max(age, rank);
            }

            stored.Add((ranks[asked], asked));
        }

        return new TraceResult(Percent(hits.Requests, all.Requests), Percent(hits.Bytes, all.Bytes), Percent(hits.Seconds, all.Seconds));
    }

    private static double Percent(double part, double whole) => 100 * part / whole;

    private static BlobWorth NextObject(Random random)
    {
        double magnitude = random.NextDouble();
        long lengthBytes = (long)Math.Pow(2, MinLog + (magnitude * (MaxLog - MinLog)));
        if (random.Next(4) > 0)
            return new BlobWorth(lengthBytes, 0, 0, 100 + (long)(lengthBytes / (1000 * Math.Pow(10, 2 * random.NextDouble()))));

        // A second for the smallest to ten hours for the largest, each from a third of that to thrice.
        double seconds = Math.Pow(36_000, magnitude) * Math.Pow(9, random.NextDouble() - 0.5);
        return new BlobWorth(lengthBytes, 0, (long)(1000 * seconds), 0);
    }
}

/// <summary>How much of a trace was answered from the store.</summary>
/// <param name="Requests">Per cent of the requests.</param>
/// <param name="Bytes">Per cent of the bytes.</param>
/// <param name="Seconds">Per cent of the time that it takes to get all of it each time.</param>
internal readonly record struct TraceResult(double Requests, double Bytes, double Seconds);

/// <summary>What was asked for.</summary>
internal readonly record struct TraceSums(double Requests, double Bytes, double Seconds)
{
    public TraceSums Plus(long lengthBytes, double seconds) => new(Requests + 1, Bytes + lengthBytes, Seconds + seconds);
}
