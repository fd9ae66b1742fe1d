using System.Buffers;

namespace Shacache.Http.Connections;

/// <summary>Bytes that <see cref="SocketReader"/> has received, and room for more behind them.</summary>
internal sealed class ReceivedSegment : ReadOnlySequenceSegment<byte>
{
    private readonly IMemoryOwner<byte>? _block;
    private readonly Memory<byte> _bytes;

    /// <summary>In a block of a pool.</summary>
    public ReceivedSegment(IMemoryOwner<byte> block)
    {
        _block = block;
        _bytes = block.Memory;
    }

    /// <summary>In memory of its own.</summary>
    public ReceivedSegment(int roomBytes) => _bytes = GC.AllocateUninitializedArray<byte>(roomBytes);

    /// <summary>How much was received.</summary>
    public int LengthBytes { get; private set; }

    /// <summary>Where more can be received.</summary>
    public Memory<byte> Room => _bytes[LengthBytes..];

    /// <summary>Counts bytes that were received into <see cref="Room"/>.</summary>
    public void Add(int received)
    {
        LengthBytes += received;
        Memory = _bytes[..LengthBytes];
    }

    /// <summary>Makes another segment the next one.</summary>
    public void Append(ReceivedSegment next)
    {
        next.RunningIndex = RunningIndex + LengthBytes;
        Next = next;
    }

    /// <summary>Ends the use of what was received.</summary>
    /// <returns>Whether there is memory of its own, empty again; a block has gone back to its pool.</returns>
    public bool TryReuse()
    {
        _block?.Dispose();
        LengthBytes = 0;
        Memory = default;
        Next = null;
        RunningIndex = 0;
        return _block is null;
    }
}
