using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Shacache.Core.Entries;

namespace Shacache.Protocol;

/// <summary>The body of an upload, sent piece by piece. Only the server is waited for: the time that reading here takes does not count.</summary>
public sealed class UploadBody : HttpContent
{
    /// <summary>From this length on the server is asked before the body is sent; below, the question costs more than it saves.</summary>
    public const long AskFirstBytes = 1 << 20;

    /// <summary>How much is read and sent at once.</summary>
    public const int PieceBytes = 128 * 1024;

    private readonly Func<long, Memory<byte>, CancellationToken, ValueTask<int>> _read;
    private readonly long _lengthBytes;
    private readonly TimeSpan _answerTimeout;
    private readonly ExchangeClock _clock;

    /// <param name="read">Reads what comes at an offset, at least one byte; throws when there is nothing.</param>
    /// <param name="lengthBytes">How much there is.</param>
    /// <param name="answerTimeout">How long the answer may take after the last byte.</param>
    /// <param name="clock">The clock of the exchange.</param>
    public UploadBody(Func<long, Memory<byte>, CancellationToken, ValueTask<int>> read, long lengthBytes, TimeSpan answerTimeout, ExchangeClock clock)
    {
        _read = read;
        _lengthBytes = lengthBytes;
        _answerTimeout = answerTimeout;
        _clock = clock;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    /// <summary>Told how many bytes are sent, after each piece.</summary>
    public Action<long>? OnSent { get; init; }

    /// <summary>Whether any of it was sent.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>What went wrong with the source, which is not the server's fault; null when nothing did.</summary>
    public Exception? SourceFailure { get; private set; }

    /// <summary>The body of an entry that is put (docs/protocol.md, "Directory").</summary>
    public static HttpContent ForEntry(SignedEntry entry)
    {
        var document = new ArrayBufferWriter<byte>();
        EntryDocument.WritePair(document, entry);
        var body = new ReadOnlyMemoryContent(document.WrittenMemory);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return body;
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        HasBegun = true;
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (long done = 0; done < _lengthBytes;)
            {
                _clock.Pause();
                int count = await ReadAsync(done, piece.AsMemory(0, (int)Math.Min(PieceBytes, _lengthBytes - done)), cancellationToken).ConfigureAwait(false);
                _clock.Wait(_clock.Limits.StallTimeout, "byte taken by the server");
                await stream.WriteAsync(piece.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                done += count;
                OnSent?.Invoke(done);
            }

            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            _clock.Wait(_answerTimeout, "answer after the last byte was sent");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _lengthBytes;
        return true;
    }

    private async ValueTask<int> ReadAsync(long offset, Memory<byte> piece, CancellationToken cancellationToken)
    {
        try
        {
            return await _read(offset, piece, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            SourceFailure = e;
            throw;
        }
    }
}
