namespace Shacache.Core.Savings;

/// <summary>What goes first when room is made. The numbers are stored.</summary>
public enum EvictionOrder
{
    /// <summary>What was not used for the longest time.</summary>
    LeastRecent = 1,

    /// <summary>What costs least to get back for each of its bytes and uses, and what was worth more but is not used any more (GreedyDual-Size-Frequency).</summary>
    Cost = 2,
}

/// <summary>Ranks of blobs in the order in which room is made, lowest first.</summary>
/// <remarks>
/// Those of <see cref="EvictionOrder.LeastRecent"/> are milliseconds since 1970; those of <see cref="EvictionOrder.Cost"/> are all higher, so that it shows
/// which ones are still to be computed anew after a change of the order.
/// </remarks>
public static class BlobRank
{
    /// <summary>The lowest rank by <see cref="EvictionOrder.Cost"/>.</summary>
    public const long FirstByCost = 1L << 62;

    /// <summary>What one more request to get a blob back takes at least, in milliseconds.</summary>
    private const long RequestMs = 50;

    // What is shorter takes a block of the disk, and an inode.
    private const long MinLengthBytes = 4096;
    private const long MaxUses = 4096;

    // Of a millisecond for each byte: 20 GiB that cost one request are still told apart, and 30 days for one block, used 4,096 times, fit.
    private const double Scale = 1e9;

    /// <summary>Whether a rank is one of an order.</summary>
    public static bool IsOf(EvictionOrder order, long rank) => rank >= FirstByCost == (order == EvictionOrder.Cost);

    /// <summary>The rank of a blob that is used, or stored, now.</summary>
    /// <param name="order">The order.</param>
    /// <param name="age">The highest rank of what was evicted.</param>
    /// <param name="usedMs">When it was last used, in milliseconds since 1970.</param>
    /// <param name="worth">What the blob is worth.</param>
    public static long Of(EvictionOrder order, long age, long usedMs, BlobWorth worth)
    {
        if (order == EvictionOrder.LeastRecent)
            return usedMs;
        double costMs = Math.Max(RequestMs, Math.Max(worth.BuildMs, worth.FetchMs));
        double priority = (1 + Math.Min(worth.Uses, MaxUses)) * costMs * Scale / Math.Max(worth.LengthBytes, MinLengthBytes);
        long begin = Math.Max(age, FirstByCost);
        return priority < long.MaxValue - begin ? begin + (long)priority : long.MaxValue;
    }
}

/// <summary>What a blob is worth.</summary>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="Uses">How often it was used.</param>
/// <param name="BuildMs">How long its build took, in milliseconds; 0 when that is not known.</param>
/// <param name="FetchMs">How long it took to come from its origin or an upstream; 0 when that is not known.</param>
public readonly record struct BlobWorth(long LengthBytes, long Uses, long BuildMs, long FetchMs);
