namespace Shacache.Blobs.S3.Uploads;

/// <summary>Bytes that are sent together, in pieces. Takes as much memory as there are bytes.</summary>
/// <param name="memory">Where pieces come from and go to.</param>
internal sealed class PartBuffer(PartMemory memory) : IDisposable
{
    private const int PieceBytes = PartMemory.PieceBytes;

    private readonly List<byte[]> _pieces = [];

    public int LengthBytes { get; private set; }

    /// <summary>The bytes. Valid until disposal.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pieces =>
        [.. _pieces.Select((piece, place) => new ReadOnlyMemory<byte>(piece, 0, Math.Min(PieceBytes, LengthBytes - (place * PieceBytes))))];

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int used = LengthBytes % PieceBytes;
            if (used == 0)
                _pieces.Add(memory.RentPiece());
            int count = Math.Min(bytes.Length, PieceBytes - used);
            bytes[..count].CopyTo(_pieces[^1].AsSpan(used));
            LengthBytes += count;
            bytes = bytes[count..];
        }
    }

    public void Dispose()
    {
        foreach (byte[] piece in _pieces)
            memory.ReturnPiece(piece);
        _pieces.Clear();
        LengthBytes = 0;
    }
}
