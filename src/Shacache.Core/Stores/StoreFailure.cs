using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Stores;

/// <summary>What the exceptions of all stores have in common.</summary>
public static class StoreFailure
{
    /// <summary>Whether a backend is away and may be back soon.</summary>
    public static bool IsAway(Exception exception) =>
        exception is EntryStoreException { IsAway: true } or BlobStoreException { IsAway: true } or AccountStoreException { IsAway: true };
}
