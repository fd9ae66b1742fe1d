using System.Buffers;
using System.Text;

namespace Shacache.Client.Http;

/// <summary>Reads small answers whole, up to a bound.</summary>
internal static class BoundedText
{
    private const int PieceBytes = 16 * 1024;

    /// <summary>The body as UTF-8; null when it is longer than the bound.</summary>
    public static async Task<string?> ReadAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken) =>
        await ReadBytesAsync(response, maxBytes, static () => { }, cancellationToken).ConfigureAwait(false) is { } bytes
            ? Encoding.UTF8.GetString(bytes.Span)
            : null;

    /// <summary>The body; null when it is longer than the bound.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadBytesAsync(
        HttpResponseMessage response, int maxBytes, Action received, CancellationToken cancellationToken)
    {
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new ArrayBufferWriter<byte>();
        int read;
        while ((read = await body.ReadAsync(buffer.GetMemory(PieceBytes), cancellationToken).ConfigureAwait(false)) > 0)
        {
            buffer.Advance(read);
            received();
            if (buffer.WrittenCount > maxBytes)
                return null;
        }

        return buffer.WrittenMemory;
    }
}
