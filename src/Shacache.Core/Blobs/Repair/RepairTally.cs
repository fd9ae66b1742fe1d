namespace Shacache.Core.Blobs.Repair;

/// <summary>How far something long has come. Written by the one who does it, read by those who show it.</summary>
public sealed class RepairTally
{
    private long _bytes;
    private long _objects;
    private long _damaged;
    private long _totalBytes = -1;
    private volatile string _stage = "";

    /// <summary>What is done now, in a word or two.</summary>
    public string Stage => _stage;

    /// <summary>Bytes that are done.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Objects that are done.</summary>
    public long Objects => Interlocked.Read(ref _objects);

    /// <summary>Objects that were found damaged.</summary>
    public long Damaged => Interlocked.Read(ref _damaged);

    /// <summary>About how many bytes there are to do; null when that is not known.</summary>
    public long? TotalBytes => Interlocked.Read(ref _totalBytes) is >= 0 and var bytes ? bytes : null;

    /// <summary>Begins something, of which nothing is done.</summary>
    public void Begin(string stage, long? totalBytes = null)
    {
        Interlocked.Exchange(ref _bytes, 0);
        Interlocked.Exchange(ref _objects, 0);
        Interlocked.Exchange(ref _totalBytes, totalBytes ?? -1);
        _stage = stage;
    }

    /// <summary>Bytes were done.</summary>
    public void AddBytes(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>An object was done.</summary>
    public void AddObject() => Interlocked.Increment(ref _objects);

    /// <summary>An object was found damaged.</summary>
    public void AddDamaged() => Interlocked.Increment(ref _damaged);
}
