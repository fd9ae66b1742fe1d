using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>The order in which room is made, as it is set.</summary>
/// <param name="Kind">The order.</param>
/// <param name="Age">The highest rank of what was evicted.</param>
internal readonly record struct BlobOrder(EvictionOrder Kind, long Age)
{
    public static BlobOrder Read(Connection connection)
    {
        using Statement select = connection.Prepare("SELECT kind, age FROM blob_order");
        return select.Step() ? new BlobOrder((EvictionOrder)select.Int64(0), select.Int64(1)) : new BlobOrder(EvictionOrder.LeastRecent, 0);
    }

    /// <summary>The highest rank that there is.</summary>
    public static long FindLast(Connection connection)
    {
        using Statement last = connection.Prepare("SELECT max(rank) FROM blobs");
        return last.Step() && !last.IsNull(0) ? last.Int64(0) : long.MinValue;
    }

    /// <summary>The rank of a row by its worth and its last use.</summary>
    public long RankOf(BlobRow row) => BlobRank.Of(Kind, Age, row.UsedMs, row.Worth);
}
