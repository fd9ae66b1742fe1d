using System.Buffers;
using System.Runtime.CompilerServices;

namespace Shacache.Http.Remotes.Indexes;

/// <summary>Reads a document line by line in bounded memory.</summary>
internal static class BoundedLines
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>The longest line, in bytes: what an index says of one version of a package with hundreds of features.</summary>
    private const int MaxLineBytes = 4 << 20;

    /// <summary>Reads all lines that are not empty, without their ends. Each is valid until the next one is asked for.</summary>
    /// <exception cref="InvalidDataException">One is too long.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        int start = 0;
        int end = 0;
        try
        {
            for (bool isFinal = false; !isFinal;)
            {
                if (end == buffer.Length)
                {
                    byte[] larger = start > 0 ? buffer : Grow(buffer);
                    buffer.AsSpan(start, end - start).CopyTo(larger);
                    if (larger != buffer)
                        ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                    end -= start;
                    start = 0;
                }

                int count = await source.ReadAsync(buffer.AsMemory(end), cancellationToken);
                isFinal = count == 0;
                end += count;
                while (start < end)
                {
                    int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
                    if (length < 0 && !isFinal)
                        break;
                    int next = length < 0 ? end : start + length + 1;
                    ReadOnlyMemory<byte> line = buffer.AsMemory(start, length < 0 ? end - start : length);
                    start = next;
                    if (line.Span is [.., (byte)'\r'])
                        line = line[..^1];
                    if (!line.IsEmpty)
                        yield return line;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grow(byte[] buffer) => buffer.Length >= MaxLineBytes
        ? throw new InvalidDataException($"a line is longer than {MaxLineBytes} bytes")
        : ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
}
