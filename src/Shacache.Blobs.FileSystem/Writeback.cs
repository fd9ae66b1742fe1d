using Microsoft.Win32.SafeHandles;

namespace Shacache.Blobs.FileSystem;

/// <summary>Hands a file that grows to the disk in steps, and lets go of the memory that holds what the disk has.</summary>
/// <remarks>
/// So the last flush is short, and a long upload takes the same few MiB of the system's page cache again and again. It would otherwise push out
/// what is read often; and memory that the system has to find first, by taking it from something else or, on a virtual machine, from the host,
/// is several times slower to write to. The price: of long content only the end is still in memory when it is first read.
/// </remarks>
internal sealed class Writeback
{
    /// <summary>How much may be dirty before it is handed to the disk.</summary>
    private const long StepBytes = 8 << 20;

    /// <summary>How far behind the end the bytes lie that must be on the disk before more are taken. Content up to this length stays in memory whole.</summary>
    private const long LagBytes = 3 * StepBytes;

    private long _handedOverBytes;
    private long _finishedBytes;

    /// <summary>To be called after each write. Waits when the disk lags behind.</summary>
    /// <param name="file">The file.</param>
    /// <param name="lengthBytes">How long it is by now.</param>
    /// <param name="path">What to call it in a message.</param>
    /// <exception cref="IOException">Earlier bytes could not be written.</exception>
    public void Advance(SafeFileHandle file, long lengthBytes, string path)
    {
        if (lengthBytes - _handedOverBytes < StepBytes)
            return;
        bool isTaken = Disk.StartWriteback(file, _handedOverBytes, lengthBytes - _handedOverBytes);
        _handedOverBytes = lengthBytes;
        long finished = lengthBytes - LagBytes;
        if (!isTaken || finished <= _finishedBytes)
            return;
        Disk.FinishWriteback(file, _finishedBytes, finished - _finishedBytes, path);
        _finishedBytes = finished;
    }
}
