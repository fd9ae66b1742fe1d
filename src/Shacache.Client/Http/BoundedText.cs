using System.Buffers;
using System.Text;

namespace Shacache.Client.Http;

/// <summary>Reads small answers whole, up to a bound.</summary>
internal static class BoundedText
{
    private const int PieceBytes = 16 * 1024;

    /// <summary>The body as UTF-8; null when it is longer than the bound.</summary>
    public static async Task<string?> ReadAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken) =>
        await ReadBytesAsync(response, maxBytes, static () => { }, cancellationToken).ConfigureAwait(false) is { IsCut: false, Bytes: var bytes }
            ? Encoding.UTF8.GetString(bytes.Span)
            : null;

    /// <summary>The body, or its beginning when it is longer than the bound.</summary>
    public static async Task<(ReadOnlyMemory<byte> Bytes, bool IsCut)> ReadBytesAsync(
        HttpResponseMessage response, int maxBytes, Action received, CancellationToken cancellationToken)
    {
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return await ReadBytesAsync(
            async piece =>
            {
                int read = await body.ReadAsync(piece, cancellationToken).ConfigureAwait(false);
                received();
                return read;
            },
            maxBytes).ConfigureAwait(false);
    }

    /// <summary>What a function reads, or its beginning when that is longer than the bound.</summary>
    public static async Task<(ReadOnlyMemory<byte> Bytes, bool IsCut)> ReadBytesAsync(Func<Memory<byte>, ValueTask<int>> readPiece, int maxBytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        int read;
        while ((read = await readPiece(buffer.GetMemory(PieceBytes)).ConfigureAwait(false)) > 0)
        {
            buffer.Advance(read);
            if (buffer.WrittenCount > maxBytes)
                return (buffer.WrittenMemory, IsCut: true);
        }

        return (buffer.WrittenMemory, IsCut: false);
    }
}
