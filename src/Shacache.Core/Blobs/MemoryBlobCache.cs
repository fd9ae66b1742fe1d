using System.Collections.Concurrent;

namespace Shacache.Core.Blobs;

/// <summary>Small blobs by digest, within a bound of bytes. A hit takes no lock and writes at most one flag.</summary>
/// <remarks>
/// The eviction is SIEVE: blobs stand in the order they came; a hand walks from the oldest to the newest, clears the flag of
/// those that were hit since it last passed, and evicts the first that was not. New blobs that are not asked for again fall out
/// soon, so a walk over the whole store does not push out what is in use; and unlike with LRU, a hit moves nothing.
/// </remarks>
internal sealed class MemoryBlobCache(long maxBytes)
{
    /// <summary>What an entry costs beside its content: array, blob, list node, dictionary node.</summary>
    public const int OverheadBytes = 400;

    private readonly ConcurrentDictionary<Digest, LinkedListNode<MemoryBlob>> _blobs = new();
    private readonly LinkedList<MemoryBlob> _newestFirst = new();
    private readonly Lock _changes = new();
    private LinkedListNode<MemoryBlob>? _hand;
    private long _usedBytes;
    private long _removals;

    /// <summary>Content and overhead together.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Changes with each removal. What was read before one must not be added after it.</summary>
    public long Removals => Volatile.Read(ref _removals);

    public MemoryBlob? Find(Digest digest)
    {
        if (!_blobs.TryGetValue(digest, out LinkedListNode<MemoryBlob>? node))
            return null;
        // Looked at first: a flag that is written by all cores at each hit would wander between their caches.
        if (!node.Value.Visited)
            node.Value.Visited = true;
        return node.Value;
    }

    /// <summary>Adds a blob, unless something was removed since <paramref name="removals"/> was read: it might be this very blob.</summary>
    public void Add(MemoryBlob blob, long removals)
    {
        long bytes = Cost(blob);
        if (bytes > maxBytes)
            return;
        lock (_changes)
        {
            if (removals != _removals || _blobs.ContainsKey(blob.Digest))
                return;
            while (_usedBytes + bytes > maxBytes)
                EvictOne();
            _blobs[blob.Digest] = _newestFirst.AddFirst(blob);
            Volatile.Write(ref _usedBytes, _usedBytes + bytes);
        }
    }

    public void Remove(Digest digest)
    {
        lock (_changes)
        {
            Volatile.Write(ref _removals, _removals + 1);
            if (_blobs.TryGetValue(digest, out LinkedListNode<MemoryBlob>? node))
                Drop(node);
        }
    }

    /// <summary>Removes all blobs.</summary>
    public void Clear()
    {
        lock (_changes)
        {
            Volatile.Write(ref _removals, _removals + 1);
            while (_newestFirst.Last is { } oldest)
                Drop(oldest);
        }
    }

    private static long Cost(MemoryBlob blob) => blob.LengthBytes + OverheadBytes;

    private void EvictOne()
    {
        LinkedListNode<MemoryBlob> node = _hand ?? _newestFirst.Last!;
        // One round clears every flag; that hits set some again meanwhile must not keep the hand walking.
        for (int steps = 0; node.Value.Visited && steps < _newestFirst.Count; steps++)
        {
            node.Value.Visited = false;
            node = node.Previous ?? _newestFirst.Last!;
        }

        _hand = node;
        Drop(node);
    }

    private void Drop(LinkedListNode<MemoryBlob> node)
    {
        if (_hand == node)
            _hand = node.Previous;
        _newestFirst.Remove(node);
        _blobs.TryRemove(node.Value.Digest, out _);
        Volatile.Write(ref _usedBytes, _usedBytes - Cost(node.Value));
    }
}

/// <summary>A verified blob in memory. It has no state, so one instance serves all readers at once and outlives its disposal.</summary>
internal sealed class MemoryBlob(Digest digest, byte[] content) : IBlob
{
    /// <summary>Set on each hit, cleared by the eviction: whether the blob was wanted again.</summary>
    public bool Visited;

    public Digest Digest => digest;

    public long LengthBytes => content.Length;

    public ReadOnlyMemory<byte>? Content => content;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, content.Length);
        int count = Math.Min(destination.Length, content.Length - (int)offset);
        content.AsMemory((int)offset, count).CopyTo(destination);
        return new ValueTask<int>(count);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
