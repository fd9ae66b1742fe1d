using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Core.Transfers;

namespace Shacache.Http.Upstreams.Content;

/// <summary>An object that is handed on as it comes, and kept nowhere. Its last piece waits in memory until the digest is known to be right.</summary>
/// <remarks>Reads ascend. What lies before them is fetched too, since the digest is of the whole.</remarks>
internal sealed class RelayedBlob(ContentSource source, Digest digest, long lengthBytes) : IBlob
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
    private readonly long _lastPieceOffset = Math.Max(0, lengthBytes - ContentTransfer.HeldBackBytes);
    private byte[]? _lastPiece;
    private long _position;

    public Digest Digest => digest;

    public long LengthBytes => lengthBytes;

    /// <exception cref="TransferBrokenException">The rest will not come, or is wrong.</exception>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (offset < _lastPieceOffset)
        {
            while (_position < offset)
                await TakeAsync(destination[..(int)Math.Min(destination.Length, offset - _position)], cancellationToken);
            return await TakeAsync(destination[..(int)Math.Min(destination.Length, _lastPieceOffset - offset)], cancellationToken);
        }

        _lastPiece ??= await ReadLastPieceAsync(destination, cancellationToken);
        ReadOnlyMemory<byte> rest = _lastPiece.AsMemory((int)(offset - _lastPieceOffset));
        int count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return count;
    }

    public ValueTask DisposeAsync()
    {
        _hash.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<byte[]> ReadLastPieceAsync(Memory<byte> scratch, CancellationToken cancellationToken)
    {
        while (_position < _lastPieceOffset)
            await TakeAsync(scratch[..(int)Math.Min(scratch.Length, _lastPieceOffset - _position)], cancellationToken);
        byte[] piece = new byte[lengthBytes - _lastPieceOffset];
        while (_position < lengthBytes)
            await TakeAsync(piece.AsMemory((int)(_position - _lastPieceOffset)), cancellationToken);
        Digest found = new(_hash.GetHashAndReset());
        return found == digest ? piece : throw new TransferBrokenException(new InvalidDataException($"what came has the digest {found}"));
    }

    private async ValueTask<int> TakeAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        int count;
        try
        {
            count = await source.ReadAsync(destination, cancellationToken);
        }
        catch (UpstreamException e)
        {
            throw new TransferBrokenException(e);
        }

        if (count == 0)
            throw new TransferBrokenException(new EndOfStreamException("The object ended early."));
        _hash.AppendData(destination.Span[..count]);
        _position += count;
        return count;
    }
}
