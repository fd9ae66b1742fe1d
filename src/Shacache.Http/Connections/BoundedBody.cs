using System.Buffers;
using System.IO.Pipelines;

namespace Shacache.Http.Connections;

/// <summary>Reads short bodies whole.</summary>
internal static class BoundedBody
{
    /// <summary>Reads the whole body.</summary>
    /// <returns>False when it is longer than allowed.</returns>
    public static async ValueTask<bool> TryReadAsync(PipeReader reader, PooledBuffer body, int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await reader.ReadAsync(cancellationToken);
            if (body.Written.Length + read.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(read.Buffer.Start);
                return false;
            }

            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
                body.Write(segment.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return true;
        }
    }
}
