using Microsoft.Win32.SafeHandles;

namespace Shacache.Transport;

/// <summary>A connection whose answers may be sent from where their bytes lie, without a copy into the response's own memory.</summary>
/// <remarks>
/// The response still counts the bytes: after an offer its writer hands out a placeholder instead of memory to fill, and advancing over it
/// stands for the bytes that were offered. Whoever offers must see that it got the placeholder, as the server may have put a buffer
/// of its own between, and must then fill the memory as usual.
/// </remarks>
public interface IDirectBody
{
    /// <summary>Most bytes of one offer.</summary>
    int MaxOfferBytes { get; }

    /// <summary>Offers bytes in memory; nobody may change them any more.</summary>
    void Offer(ReadOnlyMemory<byte> bytes);

    /// <summary>Offers bytes of a file, which has to stay open until they are flushed.</summary>
    void Offer(SafeFileHandle file, long offset, int lengthBytes);

    /// <summary>Whether the response took the offer up. An offer that was not taken up is void.</summary>
    bool IsTaken(Memory<byte> memory);

    /// <summary>True when a file ended before the bytes that were offered of it, or could not be read. The answer is then incomplete and must be cut off.</summary>
    bool IsCutShort { get; }
}
