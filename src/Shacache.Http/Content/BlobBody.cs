using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Http.Answers;

namespace Shacache.Http.Content;

/// <summary>Copies bytes of a blob into a response.</summary>
/// <remarks>
/// Reads go straight into the memory that is sent. They begin at 64 KiB and grow to 256 KiB only while the client takes everything at once, for some answers at a time: fast clients
/// get fewer, larger steps. A slow one looks like a fast one until the buffers of the kernel are full, and then holds what it got, so the number of such answers bounds the memory.
/// Over HTTP/2, where one connection may ask for a hundred objects and take none of them, steps begin at 2 KiB and end at 16, and one that waits longer than a moment holds no file.
/// </remarks>
internal static class BlobBody
{
    private const int FirstReadBytes = 64 * 1024;
    private const int MaxReadBytes = 256 * 1024;
    private const int FirstStreamReadBytes = 2 * 1024;
    private const int MaxStreamReadBytes = PacedBody.StepBytes;

    /// <summary>So many answers at a time have long steps, in the whole process: more than the processors can be busy with.</summary>
    private static readonly int MaxLongAnswers = 8 * Environment.ProcessorCount;

    private static int _longAnswers;

    /// <summary>Sends the range; on failure the connection is cut, so that a short body can never look complete.</summary>
    /// <param name="context">The request.</param>
    /// <param name="blob">The object.</param>
    /// <param name="range">What of it.</param>
    /// <param name="delivery">Told of what was sent, also when that fails on the way.</param>
    /// <returns>The number of bytes that were handed over.</returns>
    /// <exception cref="BlobDamagedException">The blob is not what its name says. Nothing was sent, or not its end.</exception>
    /// <exception cref="BlobStoreException">The blob ended early, or could not be read.</exception>
    public static async ValueTask<long> CopyAsync(HttpContext context, IBlob blob, ByteRange range, Delivery delivery)
    {
        // An answer with the end of an object is verified on the way; a client that gets another part could not tell that it is wrong.
        if (range.Offset + range.Length < blob.LengthBytes)
            await blob.EnsureVerifiedAsync(context.RequestAborted);

        // The headers go into the pipe first: before that, memory for the body would be a copy.
        await context.Response.StartAsync(context.RequestAborted);
        PipeWriter writer = context.Response.BodyWriter;
        PacedBody? paced = context.Features.Get<PacedBody>();
        if (blob.Content is { } content)
        {
            content = content.Slice((int)range.Offset, (int)range.Length);
            if (paced is null)
                writer.Write(content.Span);
            else
                await writer.WriteAsync(content, context.RequestAborted);
            delivery.Note(blob, range.Length);
            return range.Length;
        }

        paced?.OnWait = blob.Rest;
        try
        {
            return await CopyStepsAsync(context, blob, range, writer, paced, delivery);
        }
        finally
        {
            paced?.OnWait = null;
        }
    }

    private static async ValueTask<long> CopyStepsAsync(
        HttpContext context, IBlob blob, ByteRange range, PipeWriter writer, PacedBody? paced, Delivery delivery)
    {
        int firstReadBytes = paced is null ? FirstReadBytes : FirstStreamReadBytes;
        int maxReadBytes = paced is null ? MaxReadBytes : MaxStreamReadBytes;
        int readBytes = firstReadBytes;
        bool isLong = false;
        long sent = 0;
        try
        {
            while (sent < range.Length)
            {
                long offset = range.Offset + sent;
                long ready = await blob.WaitBeyondAsync(offset, context.RequestAborted) - offset;
                ready = Math.Min(ready, range.Length - sent);
                int wanted = (int)Math.Min(readBytes, ready);
                int step = await blob.ReadAsync(offset, writer.GetMemory(wanted)[..wanted], context.RequestAborted);
                if (step == 0)
                    throw EndedEarly(blob, offset);
                writer.Advance(step);
                sent += step;

                // One step goes out together with the headers when the answer ends. After a flush, Kestrel would leave the rest lying.
                if (step == range.Length)
                    break;

                ValueTask<FlushResult> flush = writer.FlushAsync(context.RequestAborted);
                bool isFast = flush.IsCompleted;
                FlushResult flushed = await flush;
                if (paced is not null)
                    isFast = !paced.HasWaited;
                if (!isFast && isLong)
                {
                    EndLong();
                    isLong = false;
                }

                isLong = isLong || (isFast && paced is null && TryBeginLong());
                readBytes = isFast && (isLong || paced is not null) ? Math.Min(2 * readBytes, maxReadBytes) : firstReadBytes;
                if (flushed.IsCompleted && sent < range.Length)
                {
                    // The client hung up.
                    context.Abort();
                    break;
                }
            }

            return sent;
        }
        finally
        {
            if (isLong)
                EndLong();
            delivery.Note(blob, sent);
        }
    }

    private static bool TryBeginLong()
    {
        if (Volatile.Read(ref _longAnswers) >= MaxLongAnswers)
            return false;
        if (Interlocked.Increment(ref _longAnswers) <= MaxLongAnswers)
            return true;
        Interlocked.Decrement(ref _longAnswers);
        return false;
    }

    private static void EndLong() => Interlocked.Decrement(ref _longAnswers);

    private static BlobStoreException EndedEarly(IBlob blob, long offset) =>
        new($"Blob {blob.Digest} ended after byte {offset} of {blob.LengthBytes}.");
}
