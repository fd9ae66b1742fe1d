using System.Net;
using Shacache.Core.Blobs;

namespace Shacache.Http.Forwarding;

/// <summary>An object as the body of a request. Whoever takes none of it for too long is given up.</summary>
internal sealed class BlobContent(IBlob blob, TimeSpan stallTimeout, CancellationTokenSource patience) : HttpContent
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Whether the upstream was sent any of it.</summary>
    public bool HasBegun { get; private set; }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        HasBegun = true;
        byte[] buffer = new byte[(int)Math.Clamp(blob.LengthBytes, 1, BufferBytes)];
        for (long offset = 0; offset < blob.LengthBytes;)
        {
            int count = await blob.ReadAsync(offset, buffer, patience.Token);
            if (count == 0)
                throw new EndOfStreamException($"Object {blob.Digest} ends after {offset} of {blob.LengthBytes} bytes.");
            patience.CancelAfter(stallTimeout);
            await stream.WriteAsync(buffer.AsMemory(0, count), patience.Token);
            offset += count;
        }

        patience.CancelAfter(stallTimeout);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = blob.LengthBytes;
        return true;
    }
}
