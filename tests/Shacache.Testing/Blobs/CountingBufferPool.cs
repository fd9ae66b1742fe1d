using System.Buffers;

namespace Shacache.Testing.Blobs;

/// <summary>Counts the buffers that are out, and refuses to take one back twice.</summary>
public sealed class CountingBufferPool : ArrayPool<byte>
{
    private readonly Lock _lock = new();
    private readonly HashSet<byte[]> _out = new(ReferenceEqualityComparer.Instance);

    /// <summary>Buffers that were rented and not returned.</summary>
    public int Outstanding
    {
        get
        {
            lock (_lock)
                return _out.Count;
        }
    }

    /// <summary>The most that were out at one time.</summary>
    public int MostOutstanding { get; private set; }

    /// <summary>Longest buffer that was ever rented.</summary>
    public int LongestBytes { get; private set; }

    public override byte[] Rent(int minimumLength)
    {
        byte[] buffer = Shared.Rent(minimumLength);
        lock (_lock)
        {
            _out.Add(buffer);
            MostOutstanding = Math.Max(MostOutstanding, _out.Count);
            LongestBytes = Math.Max(LongestBytes, buffer.Length);
        }

        return buffer;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        lock (_lock)
        {
            if (!_out.Remove(array))
                throw new InvalidOperationException("A buffer was returned that is not rented.");
        }

        // A caller that still uses it shall notice.
        array.AsSpan().Fill(0xDD);
        Shared.Return(array);
    }
}
