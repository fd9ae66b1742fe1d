namespace Shacache.Cli.Moving;

/// <summary>How far a copy has come. Written by the one who copies, read by those who show it.</summary>
internal sealed class MoveTally
{
    private long _bytes;
    private long _objects;
    private long _rows;
    private long _totalBytes;

    /// <summary>Which look at everything it is, from 1 on.</summary>
    public int Pass { get; private set; }

    /// <summary>Bytes of content that are done, those that were there included.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Objects that are done.</summary>
    public long Objects => Interlocked.Read(ref _objects);

    /// <summary>Rows that were looked at.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>About how many bytes there are; null when that is not known.</summary>
    public long? TotalBytes => Interlocked.Read(ref _totalBytes) is > 0 and var bytes ? bytes : null;

    public void Begin(int pass, long totalBytes)
    {
        Interlocked.Exchange(ref _bytes, 0);
        Interlocked.Exchange(ref _objects, 0);
        Interlocked.Exchange(ref _rows, 0);
        Interlocked.Exchange(ref _totalBytes, totalBytes);
        Pass = pass;
    }

    public void AddContent(long objects, long bytes)
    {
        Interlocked.Add(ref _objects, objects);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void AddRows(long rows) => Interlocked.Add(ref _rows, rows);
}
