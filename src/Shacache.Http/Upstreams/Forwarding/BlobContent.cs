using System.Net;
using System.Net.Http.Headers;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams.Forwarding;

/// <summary>An object as the body of a request. A server that takes none of it for too long is given up.</summary>
internal sealed class BlobContent : HttpContent
{
    private const int BufferBytes = 128 * 1024;

    private readonly IBlob _blob;
    private readonly ExchangeClock _clock;

    public BlobContent(IBlob blob, ExchangeClock clock)
    {
        _blob = blob;
        _clock = clock;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    /// <summary>Whether the upstream was sent any of it.</summary>
    public bool HasBegun { get; private set; }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        HasBegun = true;
        byte[] buffer = new byte[(int)Math.Clamp(_blob.LengthBytes, 1, BufferBytes)];
        for (long offset = 0; offset < _blob.LengthBytes;)
        {
            _clock.Pause();
            int count = await _blob.ReadAsync(offset, buffer, _clock.Token);
            if (count == 0)
                throw new EndOfStreamException($"Object {_blob.Digest} ends after {offset} of {_blob.LengthBytes} bytes.");
            _clock.Wait(_clock.Limits.StallTimeout, "byte taken by the server");
            await stream.WriteAsync(buffer.AsMemory(0, count), _clock.Token);
            offset += count;
        }

        _clock.Wait(_clock.Limits.StallTimeout, "answer after the last byte was sent");
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _blob.LengthBytes;
        return true;
    }
}
