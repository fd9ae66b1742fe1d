using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Entries;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Of a server without upstreams: drops entries that were put here and whose content is not, as slapproxy does (docs/protocol.md, "Mirrors").</summary>
internal sealed class OwnEntryRefresh(IEntryStore entries, IBlobStore blobs)
{
    /// <summary>Drops them, until the caller stops.</summary>
    /// <returns>Their keys, each once; not those of the download gateway's own notes.</returns>
    public async IAsyncEnumerable<EntryKey> DropMissingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StoredEntry found in entries.EnumerateAsync(cancellationToken))
        {
            if (await blobs.ExistsAsync(found.Entry.Digest, cancellationToken))
                continue;

            // All of the key at once, so that it is named once.
            bool isDropped = await entries.DeleteAsync(found.Key, found.Entry, cancellationToken);
            foreach (StoredEntry other in await entries.ListAsync(found.Key, cancellationToken))
            {
                if (!await blobs.ExistsAsync(other.Entry.Digest, cancellationToken))
                    await entries.DeleteAsync(found.Key, other.Entry, cancellationToken);
            }

            if (isDropped && !ReservedKeys.Contain(found.Key))
                yield return found.Key;
        }
    }
}
