using Shacache.Core.Entries;

namespace Shacache.Http.Gateway;

/// <summary>Removes entries under a key.</summary>
internal static class EntryRemoval
{
    /// <returns>How many were removed.</returns>
    public static async ValueTask<int> RemoveAsync(IEntryStore entries, EntryKey key, Func<SignedEntry, bool> isMeant, CancellationToken cancellationToken)
    {
        int count = 0;
        foreach (StoredEntry stored in await entries.ListAsync(key, cancellationToken))
        {
            if (isMeant(stored.Entry) && await entries.DeleteAsync(key, stored.Entry, cancellationToken))
                count++;
        }

        return count;
    }
}
