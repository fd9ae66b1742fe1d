using Shacache.Core.Blobs;

namespace Shacache.Client.Bundles;

/// <summary>What the index says of the contents: as few bytes of memory for each as can be.</summary>
internal sealed class IndexedContents(int count)
{
    private readonly Digest[] _digests = new Digest[count];
    private readonly long[] _offsets = new long[count];
    private readonly long[] _lengths = new long[count];

    public int Count => count;

    public Digest DigestOf(int content) => _digests[content];

    public long OffsetOf(int content) => _offsets[content];

    public long LengthOf(int content) => _lengths[content];

    public void Set(int content, long offset, long lengthBytes, Digest digest)
    {
        _digests[content] = digest;
        _offsets[content] = offset;
        _lengths[content] = lengthBytes;
    }

    /// <summary>The contents in the order in which they are in the file, so that a disk reads them in one go.</summary>
    public int[] InFileOrder()
    {
        int[] order = [.. Enumerable.Range(0, count)];
        Array.Sort((long[])_offsets.Clone(), order);
        return order;
    }

    /// <summary>Whether two of them share bytes: then the work that a small file makes would have no bound.</summary>
    public bool HasOverlap()
    {
        long end = 0;
        foreach (int content in InFileOrder())
        {
            // An empty one shares nothing, wherever it is.
            if (_lengths[content] == 0)
                continue;
            if (_offsets[content] < end)
                return true;
            end = _offsets[content] + _lengths[content];
        }

        return false;
    }
}
