using System.Net;

namespace Shacache.Blobs.S3.Requests;

/// <summary>A body from memory whose sender is told of each step, so that only one that stands still is given up.</summary>
/// <param name="pieces">The bytes.</param>
/// <param name="onStep">Told after each step.</param>
internal sealed class PacedBody(IReadOnlyList<ReadOnlyMemory<byte>> pieces, Action onStep) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            await stream.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            onStep();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = pieces.Sum(static piece => (long)piece.Length);
        return true;
    }
}
