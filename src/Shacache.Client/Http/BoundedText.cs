using System.Buffers;
using System.Text;
using Shacache.Client.Errors;
using Shacache.Protocol;

namespace Shacache.Client.Http;

/// <summary>Reads small answers whole, up to a bound.</summary>
internal static class BoundedText
{
    private const int PieceBytes = 16 * 1024;
    private const int MaxLineBytes = 1024;

    /// <summary>The body, or its beginning when it is longer than the bound. It must come as fast as the clock demands.</summary>
    /// <exception cref="RequestFailure">It does not come.</exception>
    public static Task<(ReadOnlyMemory<byte> Bytes, bool IsCut)> ReadAsync(CacheRequest request, HttpResponseMessage response, int maxBytes, ExchangeClock clock) =>
        ReadAsync(request, response, maxBytes, clock, "", (body, piece) => clock.ReadAsync(body, piece));

    /// <summary>The same for an answer that may come at any rate, as long as it does not stop.</summary>
    /// <inheritdoc cref="ReadAsync(CacheRequest, HttpResponseMessage, int, ExchangeClock)"/>
    public static Task<(ReadOnlyMemory<byte> Bytes, bool IsCut)> ReadSlowlyAsync(CacheRequest request, HttpResponseMessage response, int maxBytes, ExchangeClock clock) =>
        ReadAsync(request, response, maxBytes, clock, " (reading the answer)", (body, piece) =>
        {
            clock.WaitForRest();
            return body.ReadAsync(piece, clock.Token);
        });

    /// <summary>Hands over the lines of a body as they come, at any rate, as long as it does not stop.</summary>
    /// <exception cref="RequestFailure">They do not come, or one is longer than the bound.</exception>
    public static async Task ReadLinesAsync(CacheRequest request, HttpResponseMessage response, int maxLineBytes, ExchangeClock clock, Action<string> onLine)
    {
        var line = new ArrayBufferWriter<byte>();
        byte[] piece = new byte[PieceBytes];
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
            while (true)
            {
                clock.WaitForRest();
                int read = await body.ReadAsync(piece, clock.Token).ConfigureAwait(false);
                clock.Pause();
                if (read == 0)
                    break;
                for (int begin = 0; begin < read;)
                {
                    int end = piece.AsSpan(begin, read - begin).IndexOf((byte)'\n');
                    line.Write(piece.AsSpan(begin, end < 0 ? read - begin : end));
                    if (line.WrittenCount > maxLineBytes)
                        throw new RequestFailure(FailureKind.Unusable, $"{request}: a line of the answer is longer than {maxLineBytes} bytes");
                    if (end < 0)
                        break;
                    Tell(line, onLine);
                    begin += end + 1;
                }
            }

            Tell(line, onLine);
        }
        catch (Exception e) when (clock.IsTrouble(e))
        {
            throw HttpTransport.Explain(request, e, clock, " (reading the answer)");
        }
    }

    /// <summary>The one line with which a server explains a refusal, as far as it comes; nothing when the connection breaks, since the status is known anyway.</summary>
    public static async Task<string> ReadLineAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[MaxLineBytes];
        int length = 0;
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            int read;
            while (length < MaxLineBytes && (read = await body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0)
                length += read;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
        }

        return OneLine.Of(Encoding.UTF8.GetString(buffer, 0, length));
    }

    private static void Tell(ArrayBufferWriter<byte> line, Action<string> onLine)
    {
        if (line.WrittenCount > 0)
            onLine(Encoding.UTF8.GetString(line.WrittenSpan));
        line.ResetWrittenCount();
    }

    private static async Task<(ReadOnlyMemory<byte> Bytes, bool IsCut)> ReadAsync(
        CacheRequest request, HttpResponseMessage response, int maxBytes, ExchangeClock clock, string during, Func<Stream, Memory<byte>, ValueTask<int>> readPiece)
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
            int read;
            while ((read = await readPiece(body, buffer.GetMemory(PieceBytes)).ConfigureAwait(false)) > 0)
            {
                buffer.Advance(read);
                if (buffer.WrittenCount > maxBytes)
                    return (buffer.WrittenMemory, IsCut: true);
            }

            return (buffer.WrittenMemory, IsCut: false);
        }
        catch (Exception e) when (clock.IsTrouble(e))
        {
            throw HttpTransport.Explain(request, e, clock, during);
        }
    }
}
