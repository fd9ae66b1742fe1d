using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Shacache.Client.Elf.Format;

/// <summary>An ELF file of any word size and byte order, as the loader sees it; section headers are used where the file has them.</summary>
/// <remarks>
/// Total: a file that contradicts itself is refused with a reason, whatever stands in it. Headers are held, contents are read by
/// their offset when they are asked for, from the descriptor that was given; at most some megabytes for a file of very many sections.
/// Rules: System V gABI, chapters 4 and 5. One thread at a time.
/// </remarks>
internal sealed class ElfImage
{
    /// <summary>More program headers than any program has; the kernel itself takes no more than 64 KiB of them.</summary>
    private const int MaxSegments = 2048;

    /// <summary>More sections than object files of the largest programs have.</summary>
    private const int MaxSections = 1 << 17;

    /// <summary>The kernel refuses a longer path of an interpreter (PATH_MAX).</summary>
    private const int MaxInterpreterBytes = 4096;

    private const ushort NumberInFirstSection = 0xffff;
    private readonly ElfSection[] _sections;
    private readonly ElfSection[] _byOffset;

    private ElfImage(ElfBytes bytes, ElfHeader header, ElfSegment[] segments, ElfSection[] sections, uint nameSection)
    {
        Bytes = bytes;
        Header = header;
        Segments = segments;
        _sections = sections;
        _byOffset = [.. from section in sections where section.Type is not (ElfSectionType.None or ElfSectionType.NoBits) && section.LengthBytes > 0 orderby section.Offset select section];
        Names = nameSection < sections.Length ? sections[nameSection] : default;
        IsDebugOnly = header.Type is ElfType.Executable or ElfType.Shared && sections.Any(section => section.IsAllocated)
            && sections.All(section => !section.IsAllocated || section.Type is ElfSectionType.NoBits or ElfSectionType.Notes);
    }

    /// <summary>The file's bytes.</summary>
    public ElfBytes Bytes { get; }

    /// <summary>Its header.</summary>
    public ElfHeader Header { get; }

    /// <summary>Its program headers, in their order.</summary>
    public IReadOnlyList<ElfSegment> Segments { get; }

    /// <summary>Its section headers, in their order; none when they were stripped.</summary>
    public IReadOnlyList<ElfSection> Sections => _sections;

    /// <summary>Its dynamic section; null for what the loader does not link: static programs, object files, separate debug information.</summary>
    public ElfDynamic? Dynamic { get; private set; }

    /// <summary>Whether it has debug information of another file and nothing that is loaded: its segments and dynamic section are empty.</summary>
    public bool IsDebugOnly { get; }

    /// <summary>Whether the kernel or the loader takes it; object files and memory dumps are not loaded.</summary>
    public bool IsLoaded => Header.Type is ElfType.Executable or ElfType.Shared && !IsDebugOnly;

    /// <summary>Where the path of the interpreter stands, its NUL included; null without one.</summary>
    public ElfSegment? InterpreterSegment { get; private set; }

    private ElfSection Names { get; }

    /// <summary>Reads the headers and the dynamic section.</summary>
    /// <param name="file">The file; it is not changed while the result is used.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <exception cref="ElfFormatException">It is no ELF file, or a damaged one.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ElfImage Read(SafeFileHandle file, long lengthBytes)
    {
        var bytes = new ElfBytes(file, lengthBytes);
        ElfHeader header = ElfHeader.Read(bytes);
        ElfEncoding encoding = header.Encoding;
        ElfSection first = default;
        if (header.SectionTableOffset > 0 && bytes.Contains((ulong)header.SectionTableOffset, (ulong)encoding.SectionBytes))
            first = ReadTable(bytes, header.SectionTableOffset, 1, encoding.SectionBytes, row => ElfSection.Read(encoding, row), "section headers")[0];
        ulong segmentCount = header.SegmentCount == NumberInFirstSection ? first.Info : header.SegmentCount;
        ulong sectionCount = header is { SectionCount: 0, SectionTableOffset: > 0 } ? first.LengthBytes : header.SectionCount;
        if (header.SectionTableOffset == 0)
            sectionCount = 0;
        if (segmentCount > MaxSegments || sectionCount > MaxSections)
            throw new ElfFormatException($"the file says that it has {segmentCount} program headers and {sectionCount} sections; at most {MaxSegments} and {MaxSections} are read");

        ElfSegment[] segments =
            ReadTable(bytes, header.SegmentTableOffset, (int)segmentCount, encoding.SegmentBytes, row => ElfSegment.Read(encoding, row), "program headers");
        ElfSection[] sections =
            ReadTable(bytes, header.SectionTableOffset, (int)sectionCount, encoding.SectionBytes, row => ElfSection.Read(encoding, row), "section headers");
        var image = new ElfImage(bytes, header, segments, sections, header.NameSection == NumberInFirstSection ? first.Link : header.NameSection);
        if (image.IsLoaded)
            image.ReadLoaded();
        return image;
    }

    /// <summary>The path of the interpreter (PT_INTERP), without the NUL; null without one.</summary>
    public byte[]? ReadInterpreter()
    {
        if (InterpreterSegment is not { } segment)
            return null;
        byte[] path = new byte[segment.FileBytes];
        Bytes.Read((long)segment.Offset, path);
        return path[..path.AsSpan().IndexOf((byte)0)];
    }

    /// <summary>Where in the file an address is; null when no segment has it, or not with as many bytes.</summary>
    /// <remarks>A table may go on into the next segment where that follows in memory and in the file, as in what patchelf writes.</remarks>
    /// <param name="address">An address of the program.</param>
    /// <param name="length">Bytes that must be there.</param>
    public long? FindOffset(ulong address, ulong length)
    {
        long? offset = FindSegment(address) is { } first ? (long)(first.Offset + (address - first.Address)) : null;
        for (ulong done = 0; offset is { } start && done <= length;)
        {
            if (FindSegment(address + done) is not { } segment || segment.Offset + (address + done - segment.Address) != (ulong)start + done)
                return done == length && done > 0 ? offset : null;
            done += segment.FileBytes - (address + done - segment.Address);
        }

        return offset;
    }

    /// <summary>Whether a byte of the file becomes part of the process.</summary>
    public bool IsInMemory(long offset) =>
        IsLoaded && Segments.Any(segment => segment.Type == ElfSegmentType.Load && (ulong)offset >= segment.Offset && (ulong)offset - segment.Offset < segment.FileBytes);

    /// <summary>The section that has a byte of the file; null when none does.</summary>
    public ElfSection? FindSection(long offset)
    {
        int low = 0;
        for (int high = _byOffset.Length; low < high;)
        {
            int middle = (low + high) / 2;
            if (_byOffset[middle].Offset <= (ulong)offset)
                low = middle + 1;
            else
                high = middle;
        }

        return low > 0 && (ulong)offset - _byOffset[low - 1].Offset < _byOffset[low - 1].LengthBytes ? _byOffset[low - 1] : null;
    }

    /// <summary>Where the last byte of the file that belongs to something is followed by the first that does not.</summary>
    /// <remarks>What goes on after it was appended to the program, such as the archive of a file that extracts itself.</remarks>
    public long FindEnd()
    {
        ElfEncoding encoding = Header.Encoding;
        ulong end = Math.Max(
            (ulong)Header.SegmentTableOffset + ((ulong)Segments.Count * (ulong)encoding.SegmentBytes),
            (ulong)Header.SectionTableOffset + ((ulong)_sections.Length * (ulong)encoding.SectionBytes));
        foreach (ElfSection section in _byOffset)
            end = Bytes.Contains(section.Offset, section.LengthBytes) ? Math.Max(end, section.Offset + section.LengthBytes) : end;
        foreach (ElfSegment segment in Segments)
            end = Bytes.Contains(segment.Offset, segment.FileBytes) ? Math.Max(end, segment.Offset + segment.FileBytes) : end;
        return (long)end;
    }

    /// <summary>The name of a section; empty when it has none that can be read.</summary>
    public string NameOf(ElfSection section)
    {
        Span<byte> name = stackalloc byte[64];
        if (section.NameOffset >= Names.LengthBytes || !Bytes.Contains(Names.Offset, Names.LengthBytes))
            return "";
        name = name[..(int)Math.Min((ulong)name.Length, Names.LengthBytes - section.NameOffset)];
        Bytes.Read((long)Names.Offset + section.NameOffset, name);
        int end = name.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? name : name[..end]);
    }

    private ElfSegment? FindSegment(ulong address)
    {
        foreach (ElfSegment segment in Segments)
        {
            if (segment.Type == ElfSegmentType.Load && segment.HasInFile(address))
                return segment;
        }

        return null;
    }

    private static T[] ReadTable<T>(ElfBytes bytes, long offset, int count, int rowBytes, Func<ReadOnlySpan<byte>, T> read, string what)
    {
        if (!bytes.Contains((ulong)offset, (ulong)count * (ulong)rowBytes))
            throw new ElfFormatException($"{count} {what} at offset {offset} do not fit into the {bytes.LengthBytes} bytes of the file");
        var table = new T[count];
        byte[] row = new byte[rowBytes];
        for (int i = 0; i < count; i++)
        {
            bytes.Read(offset + ((long)i * rowBytes), row);
            table[i] = read(row);
        }

        return table;
    }

    private void ReadLoaded()
    {
        foreach (ElfSegment segment in Segments)
        {
            if (segment.Type is ElfSegmentType.Load or ElfSegmentType.Interpreter or ElfSegmentType.Dynamic && !Bytes.Contains(segment.Offset, segment.FileBytes))
                throw new ElfFormatException($"the file has {Bytes.LengthBytes} bytes and ends within a segment of {segment.FileBytes} bytes at offset {segment.Offset}");
        }

        foreach (ElfSegment segment in Segments.Where(segment => segment.Type == ElfSegmentType.Interpreter).Take(1))
            InterpreterSegment = segment;
        if (InterpreterSegment is { } interpreter)
        {
            if (interpreter.FileBytes is < 2 or > MaxInterpreterBytes)
                throw new ElfFormatException($"the path of the interpreter has {interpreter.FileBytes} bytes; from 2 to {MaxInterpreterBytes} are possible");
            Span<byte> last = stackalloc byte[1];
            Bytes.Read((long)(interpreter.Offset + interpreter.FileBytes - 1), last);
            if (last[0] != 0)
                throw new ElfFormatException("the path of the interpreter does not end with a NUL");
        }

        if (Segments.FirstOrDefault(segment => segment.Type == ElfSegmentType.Dynamic) is { FileBytes: > 0 } dynamic)
            Dynamic = ElfDynamic.Read(this, dynamic);
    }
}
