using System.Buffers.Binary;

namespace Shacache.Testing.Blobs;

/// <summary>Reproducible content of any length that never lies in memory as a whole, and that no two seeds share.</summary>
/// <param name="lengthBytes">How many bytes it yields before its end, or before <see cref="FailureAtEnd"/>.</param>
/// <param name="seed">Which content.</param>
public class PatternStream(long lengthBytes, int seed = 0) : Stream
{
    private long _position;

    /// <summary>The most that one read yields, as a network does; no limit by default.</summary>
    public int MaxReadBytes { get; init; } = int.MaxValue;

    /// <summary>Thrown where the end would be.</summary>
    public Exception? FailureAtEnd { get; init; }

    /// <summary>Awaited where the end would be: a source that stalls.</summary>
    public Func<CancellationToken, Task>? WaitAtEnd { get; init; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>The content as one array, for small lengths.</summary>
    public static byte[] Bytes(int lengthBytes, int seed = 0)
    {
        byte[] bytes = new byte[lengthBytes];
        Fill(bytes, 0, seed);
        return bytes;
    }

    /// <summary>Writes what the content has from <paramref name="offset"/> on.</summary>
    public static void Fill(Span<byte> bytes, long offset, int seed)
    {
        Span<byte> block = stackalloc byte[sizeof(ulong)];
        for (int i = 0; i < bytes.Length;)
        {
            int skip = (int)((offset + i) % sizeof(ulong));
            BinaryPrimitives.WriteUInt64LittleEndian(block, Mix((ulong)((offset + i) / sizeof(ulong)) + ((ulong)(uint)seed << 40)));
            int count = Math.Min(bytes.Length - i, sizeof(ulong) - skip);
            block.Slice(skip, count).CopyTo(bytes[i..]);
            i += count;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int count = (int)Math.Min(Math.Min(buffer.Length, MaxReadBytes), lengthBytes - _position);
        if (count == 0 && !buffer.IsEmpty)
        {
            if (WaitAtEnd is not null)
                await WaitAtEnd(cancellationToken);
            if (FailureAtEnd is not null)
                throw FailureAtEnd;
        }

        Fill(buffer.Span[..count], _position, seed);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Content is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static ulong Mix(ulong x)
    {
        x = (x + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
