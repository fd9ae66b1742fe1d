using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>The order in which room is made, in table <c>blob_order</c>.</summary>
internal static class OrderTable
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
}
