using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Http.Content;

namespace Shacache.Http.Entries;

/// <summary>Leaves out of a listing what leads nowhere: content that an operator blocked, and content that was taken away and can be had from nowhere.</summary>
/// <remarks>
/// Entries may be put before their content, so that it is missing proves nothing. Only those that the store has marked are looked at, and the content
/// decides, not the mark: it may be back since. A server with upstreams may get it from there.
/// </remarks>
internal sealed class ListedEntries(IBlobStore blobs, BlockList blocks, IMissSource misses)
{
    /// <summary>Why nothing may be put under a key, or no such entry; null when it may.</summary>
    public string? FindRefusal(EntryKey key, SignedEntry entry)
    {
        if (blocks.FindRefusal(key) is { } refusal)
            return refusal;
        try
        {
            blocks.Check(entry.Digest);
            return null;
        }
        catch (ContentBlockedException e)
        {
            return e.Message;
        }
    }

    /// <summary>Whether nothing is shown of a key.</summary>
    public bool IsBlocked(EntryKey key) => blocks.Contains(key);

    /// <summary>What is to be listed of the entries that were put here, in their order.</summary>
    public ValueTask<List<SignedEntry>> SelectAsync(IReadOnlyList<StoredEntry> found, CancellationToken cancellationToken)
    {
        List<SignedEntry> listed = new(found.Count);
        for (int i = 0; i < found.Count; i++)
        {
            if (found[i].GoneAt is not null && !misses.HasSources)
                return SelectFromAsync(found, i, listed, cancellationToken);
            listed.Add(found[i].Entry);
        }

        return new ValueTask<List<SignedEntry>>(listed);
    }

    private async ValueTask<List<SignedEntry>> SelectFromAsync(
        IReadOnlyList<StoredEntry> found, int first, List<SignedEntry> listed, CancellationToken cancellationToken)
    {
        for (int i = first; i < found.Count; i++)
        {
            if (found[i].GoneAt is null || await blobs.ExistsAsync(found[i].Entry.Digest, cancellationToken))
                listed.Add(found[i].Entry);
        }

        return listed;
    }

    /// <summary>Leaves out what is blocked, wherever it comes from.</summary>
    public void RemoveBlocked(List<SignedEntry> listed)
    {
        if (!blocks.HasNoDigest)
            listed.RemoveAll(entry => blocks.Contains(entry.Digest));
    }
}
