using Microsoft.Win32.SafeHandles;
using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf;

/// <summary>Gives an ELF file longer run paths and another interpreter, where the new path does not fit into the place of the old one.</summary>
/// <remarks>
/// The dynamic string table is copied into a segment of its own at the end of the file, with the new run paths behind it, and so is
/// the path of the interpreter. Everything else keeps its offset and its address. Nothing is written before everything was checked.
/// </remarks>
internal static class ElfRewriter
{
    private const int CopyBytes = 64 * 1024;

    /// <summary>Bytes of the MD5, with which every path of the release ends.</summary>
    private const int NameBytes = 32;

    /// <summary>Moves the traces of a file.</summary>
    /// <param name="file">The complete file, open for reading and writing; the position does not move.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="newPrefix">The new path of the release, ending with the same MD5.</param>
    /// <param name="traces">All traces of the file. Where the path fits it is padded with slashes in front; dead traces where it does not fit stay.</param>
    /// <exception cref="ElfNotRelocatableException">A live trace cannot be changed, or the file is not the one that the traces are of. Nothing was changed.</exception>
    /// <exception cref="ElfFormatException">The file is damaged. Nothing was changed.</exception>
    /// <exception cref="IOException">It cannot be read or written; it may be half written.</exception>
    public static void Move(SafeFileHandle file, long lengthBytes, ReadOnlySpan<byte> newPrefix, IReadOnlyList<ElfTrace> traces)
    {
        var image = ElfImage.Read(file, lengthBytes);
        byte[] prefix = newPrefix.ToArray();
        var writes = new List<(long Offset, byte[] Bytes)>();
        var growing = new List<ElfTrace>();
        foreach (ElfTrace trace in traces)
        {
            bool fits = trace.Reason is null && trace.LengthBytes >= prefix.Length;
            bool grows = !fits && trace is { IsLive: true, CanGrow: true };
            if (fits || grows)
                Check(image, trace, prefix);
            else if (trace.IsLive)
                throw new ElfNotRelocatableException(trace.Reason ?? $"{prefix.Length} bytes of the new path do not fit into {trace.LengthBytes} at offset {trace.Offset}");
            if (fits)
                writes.Add((trace.Offset, Pad(prefix, trace.LengthBytes)));
            if (grows)
                growing.Add(trace);
        }

        if (growing.Count == 0)
        {
            Write(file, writes);
            return;
        }

        var segment = new ElfNewSegment(image, prefix, traces);
        if (growing.Any(trace => trace.Kind == ElfTraceKind.RunPath))
            segment.MoveStrings();
        if (growing.Any(trace => trace.Kind == ElfTraceKind.Interpreter))
            segment.MoveInterpreter();
        segment.Finish();
        // Paths that fit are changed before the table is copied, and what is left of the others is removed after it.
        Write(file, writes);
        if (segment.AreStringsMoved)
            CopyRange(file, image.Dynamic!.StringsOffset, segment.Place.Offset, image.Dynamic.StringsBytes);
        Write(file, segment.Writes);
    }

    private static void Check(ElfImage image, ElfTrace trace, byte[] prefix)
    {
        if (trace.LengthBytes <= NameBytes || prefix.Length <= NameBytes || !image.Bytes.Contains((ulong)trace.Offset, (ulong)trace.LengthBytes))
            throw new ElfNotRelocatableException($"there is no path of {trace.LengthBytes} bytes at offset {trace.Offset}");
        Span<byte> name = stackalloc byte[NameBytes + 1];
        image.Bytes.Read(trace.Offset + trace.LengthBytes - name.Length, name);
        Span<byte> first = stackalloc byte[1];
        image.Bytes.Read(trace.Offset, first);
        if (first[0] != '/' || !prefix.AsSpan().EndsWith(name))
            throw new ElfNotRelocatableException($"the path of the release does not stand at offset {trace.Offset}, where it was found");
    }

    private static byte[] Pad(byte[] prefix, int length)
    {
        byte[] padded = new byte[length];
        padded.AsSpan().Fill((byte)'/');
        prefix.CopyTo(padded, length - prefix.Length);
        return padded;
    }

    private static void Write(SafeFileHandle file, List<(long Offset, byte[] Bytes)> writes)
    {
        foreach ((long offset, byte[] bytes) in writes)
            RandomAccess.Write(file, bytes, offset);
    }

    private static void CopyRange(SafeFileHandle file, long source, long destination, long length)
    {
        byte[] buffer = new byte[CopyBytes];
        for (long done = 0; done < length;)
        {
            int read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done)), source + done);
            if (read == 0)
                throw new ElfFormatException("the file became shorter while it was read");
            RandomAccess.Write(file, buffer.AsSpan(0, read), destination + done);
            done += read;
        }
    }
}
