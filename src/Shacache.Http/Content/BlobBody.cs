using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;

namespace Shacache.Http.Content;

/// <summary>Copies bytes of a blob into a response.</summary>
/// <remarks>
/// Reads go straight into the memory that is sent. They begin at 64 KiB and grow to 256 KiB only while the client takes
/// everything at once: fast clients get fewer, larger steps, and a slow one never holds more than the small ones.
/// </remarks>
internal static class BlobBody
{
    private const int FirstReadBytes = 64 * 1024;
    private const int MaxReadBytes = 256 * 1024;

    /// <summary>Sends the range; on failure the connection is cut, so that a short body can never look complete.</summary>
    /// <returns>The number of bytes that were handed over.</returns>
    /// <exception cref="BlobStoreException">The blob ended early, or could not be read.</exception>
    public static async ValueTask<long> CopyAsync(HttpContext context, IBlob blob, ByteRange range)
    {
        // The headers go into the pipe first: before that, memory for the body would be a copy.
        await context.Response.StartAsync(context.RequestAborted);
        PipeWriter writer = context.Response.BodyWriter;
        if (blob.Content is { } content)
        {
            writer.Write(content.Span.Slice((int)range.Offset, (int)range.Length));
            return range.Length;
        }

        int readBytes = FirstReadBytes;
        for (long sent = 0; sent < range.Length;)
        {
            int wanted = (int)Math.Min(readBytes, range.Length - sent);
            Memory<byte> memory = writer.GetMemory(wanted)[..wanted];
            int read = await blob.ReadAsync(range.Offset + sent, memory, context.RequestAborted);
            if (read == 0)
                throw new BlobStoreException($"Blob {blob.Digest} ended at byte {range.Offset + sent} of {blob.LengthBytes}.");
            writer.Advance(read);
            sent += read;

            // One step goes out together with the headers when the answer ends. After a flush, Kestrel would leave the rest lying.
            if (read == range.Length)
                break;

            ValueTask<FlushResult> flush = writer.FlushAsync(context.RequestAborted);
            readBytes = flush.IsCompleted ? Math.Min(2 * readBytes, MaxReadBytes) : FirstReadBytes;
            FlushResult flushed = await flush;
            if (flushed.IsCompleted && sent < range.Length)
            {
                // Nobody takes the rest: the client hung up.
                context.Abort();
                return sent;
            }
        }

        return range.Length;
    }
}
