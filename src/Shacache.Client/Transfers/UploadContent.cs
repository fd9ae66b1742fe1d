using System.Buffers;
using System.Net;
using Shacache.Client.Configuration;
using Shacache.Protocol;

namespace Shacache.Client.Transfers;

/// <summary>The body of an upload: a stretch of a stream, sent piece by piece.</summary>
internal sealed class UploadContent : HttpContent
{
    public const int PieceBytes = 128 * 1024;

    private readonly Stream _source;
    private readonly long _lengthBytes;
    private readonly Action<long> _sent;
    private readonly NetworkCacheOptions _options;
    private readonly ExchangeClock _clock;

    public UploadContent(Stream source, long lengthBytes, Action<long> sent, NetworkCacheOptions options, ExchangeClock clock)
    {
        _source = source;
        _lengthBytes = lengthBytes;
        _sent = sent;
        _options = options;
        _clock = clock;
        Headers.ContentType = new("application/octet-stream");
    }

    /// <summary>What went wrong with the source, which is not the server's fault.</summary>
    public Exception? SourceFailure { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (long done = 0; done < _lengthBytes;)
            {
                _clock.Pause();
                int read = await ReadAsync(piece.AsMemory(0, (int)Math.Min(PieceBytes, _lengthBytes - done)), cancellationToken).ConfigureAwait(false);
                _clock.Wait(_options.StallTimeout, "byte taken by the server");
                await stream.WriteAsync(piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                done += read;
                _sent(done);
            }

            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            _clock.Wait(_options.FirstByteTimeout, "answer after the last byte was sent");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _lengthBytes;
        return true;
    }

    private async ValueTask<int> ReadAsync(Memory<byte> piece, CancellationToken cancellationToken)
    {
        try
        {
            int read = await _source.ReadAsync(piece, cancellationToken).ConfigureAwait(false);
            return read > 0 ? read : throw new EndOfStreamException("The content became shorter while it was uploaded.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            SourceFailure = e;
            throw;
        }
    }
}
