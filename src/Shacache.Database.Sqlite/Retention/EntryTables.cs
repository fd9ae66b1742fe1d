using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Entries;

namespace Shacache.Database.Sqlite.Retention;

/// <summary>Deletes entries wherever they are: those that were put here, and those that upstreams listed. Runs on the writer's thread, inside its transaction.</summary>
internal static class EntryTables
{
    private const string OfDigest = "(?3 IS NULL OR digest = ?3)";
    private const string Named = $"digest, {ReleaseDocumentRows.Map}, {ReleaseDocumentRows.Requirements}";
    private const string Listings = "SELECT id FROM upstream_listings WHERE key_hash = ?1 AND key = ?2";

    /// <summary>Deletes.</summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="key">The key.</param>
    /// <param name="digest">Only entries that name this content; null for all.</param>
    public static RemovedEntries Delete(Connection connection, EntryKey key, Digest? digest)
    {
        byte[]? wanted = null;
        if (digest is { } given)
            given.CopyTo(wanted = new byte[Digest.LengthBytes]);
        HashSet<Digest> digests = [];
        int count = Run(connection.Prepare($"DELETE FROM entries WHERE key_hash = ?1 AND key = ?2 AND {OfDigest} RETURNING {Named}"), key, wanted, digests) +
            Run(connection.Prepare($"DELETE FROM upstream_entries WHERE listing IN ({Listings}) AND {OfDigest} RETURNING {Named}"), key, wanted, digests);

        // An empty listing would say that no upstream has any entry.
        Run(
            connection.Prepare(
                "DELETE FROM upstream_listings WHERE key_hash = ?1 AND key = ?2 AND ?3 IS NULL " +
                "OR key_hash = ?1 AND key = ?2 AND NOT EXISTS (SELECT 1 FROM upstream_entries WHERE listing = upstream_listings.id) RETURNING id"),
            key,
            wanted,
            null);
        return new RemovedEntries(count, [.. digests]);
    }

    private static int Run(Statement delete, EntryKey key, byte[]? digest, HashSet<Digest>? digests)
    {
        using (delete)
        {
            delete.Bind(1, EntryRow.HashOf(key)).BindText(2, key.Value);
            if (digest is not null)
                delete.BindBlob(3, digest);
            int count = 0;
            for (; delete.Step(); count++)
            {
                if (digests is null)
                    continue;
                digests.Add(new Digest(delete.Bytes(0)));
                for (int document = 1; document <= 2; document++)
                {
                    if (Digest.TryParse(delete.Bytes(document), out Digest named))
                        digests.Add(named);
                }
            }

            return count;
        }
    }
}
