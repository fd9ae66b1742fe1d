using Microsoft.Win32.SafeHandles;

namespace Shacache.Transport;

/// <summary>A connection whose response may be given bytes of a file that are sent by the system (sendfile), without a copy.</summary>
/// <remarks>
/// After an offer the connection's writer hands out memory that holds those bytes already: the file, mapped. So this depends on nothing but what a
/// <see cref="System.IO.Pipelines.PipeWriter"/> promises: a writer in between may pass that memory on, copy from it, or write to it. A caller that gets just this memory from the response
/// need not fill it; with any other memory the caller reads the file into it, as usual.
/// What it gains (docs/decisions/0010-a-transport-of-our-own.md has the conditions): GET of 256 MiB takes 0.61 of the processor time, of 1 MiB over <c>close</c> 0.60.
/// </remarks>
public interface IFileBody
{
    /// <summary>Fewer bytes are read as fast as they are mapped.</summary>
    const int MinBytes = 128 * 1024;

    /// <summary>Most bytes of one offer.</summary>
    const int MaxBytes = 1 << 20;

    /// <summary>True when a file ended before the bytes that were offered of it, or could not be read. The answer is then incomplete and must be cut off.</summary>
    bool IsCutShort { get; }

    /// <summary>Offers bytes of a file, which has to stay open until they are flushed.</summary>
    void Offer(SafeFileHandle file, long offset, int lengthBytes);

    /// <summary>Whether this memory holds what was offered, and is the response's. The offer has ended then in any case.</summary>
    bool Holds(Memory<byte> memory);
}
