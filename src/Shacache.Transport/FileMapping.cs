using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Posix;

namespace Shacache.Transport;

/// <summary>A part of a file as memory. It is a block like any other: it holds the file's bytes, and what is written to it is seen here alone.</summary>
/// <remarks>Nothing is read before it is touched, so that a mapping which is sent by its file costs two short calls. The end of a file that has become shorter must not be touched.</remarks>
internal sealed unsafe class FileMapping : MemoryManager<byte>
{
    private static readonly int PageBytes = Environment.SystemPageSize;

    private readonly int _skippedBytes;
    private readonly int _lengthBytes;
    private nint _start;

    private FileMapping(nint start, int skippedBytes, int lengthBytes, SafeFileHandle file, long offset)
    {
        (_start, _skippedBytes, _lengthBytes) = (start, skippedBytes, lengthBytes);
        (File, Offset) = (file, offset);
    }

    public SafeFileHandle File { get; }

    public long Offset { get; }

    /// <summary>Whether the memory was handed to a caller that knows what is in it, and so holds the file's bytes still.</summary>
    public bool IsUnchanged { get; private set; }

    /// <summary>Maps; null when the system refuses.</summary>
    public static FileMapping? TryMap(SafeFileHandle file, long offset, int lengthBytes)
    {
        int skipped = (int)(offset % PageBytes);
        nint start = FileCalls.Map(0, (nuint)(skipped + lengthBytes), FileCalls.ReadAndWritePages, FileCalls.PrivateMapping, file, (nint)(offset - skipped));
        return start == FileCalls.MapFailed ? null : new FileMapping(start, skipped, lengthBytes, file, offset);
    }

    /// <summary>Whether this memory is the whole mapping; a caller that asks does not write to it then.</summary>
    public bool Claim(Memory<byte> memory) =>
        IsUnchanged = MemoryMarshal.TryGetMemoryManager<byte, FileMapping>(memory, out FileMapping? mapping, out int from, out int length) &&
            mapping == this && from == 0 && length == _lengthBytes;

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start == 0, this);
        return new Span<byte>((byte*)_start + _skippedBytes, _lengthBytes);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_start == 0, this);
        return new MemoryHandle((byte*)_start + _skippedBytes + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _start, 0) is var start and not 0)
            _ = FileCalls.Unmap(start, (nuint)(_skippedBytes + _lengthBytes));
    }
}
