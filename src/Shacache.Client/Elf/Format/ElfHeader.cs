namespace Shacache.Client.Elf.Format;

/// <summary>The header of an ELF file (gABI, "ELF Header").</summary>
/// <param name="Encoding">Word size and byte order.</param>
/// <param name="OsAbi">EI_OSABI: 0 for System V, 3 for GNU.</param>
/// <param name="Type">What the file is for.</param>
/// <param name="Machine">The processor.</param>
/// <param name="Flags">What the processor's own ABI says, such as the floating point convention of ARM.</param>
internal sealed record ElfHeader(ElfEncoding Encoding, byte OsAbi, ElfType Type, ElfMachine Machine, uint Flags)
{
    private const int MaxHeaderBytes = 64;
    private const int IdentBytes = 16;
    private const int MinHeaderBytes = 52;

    /// <summary>Where the program headers begin; 0 when there are none.</summary>
    public required long SegmentTableOffset { get; init; }

    /// <summary>How many program headers there are, as the header says it: 65535 stands for a number in the first section header.</summary>
    public required ushort SegmentCount { get; init; }

    /// <summary>Where the section headers begin; 0 when there are none.</summary>
    public required long SectionTableOffset { get; init; }

    /// <summary>How many section headers there are; 0 with a table stands for a number in the first of them.</summary>
    public required ushort SectionCount { get; init; }

    /// <summary>Which section has the names of all; 65535 stands for a number in the first section header.</summary>
    public required ushort NameSection { get; init; }

    /// <summary>Whether a file begins as an ELF file does.</summary>
    public static bool IsElf(ReadOnlySpan<byte> head) => head.StartsWith("\x7f"u8) && head[1..].StartsWith("ELF"u8);

    /// <summary>Reads the header.</summary>
    /// <exception cref="ElfFormatException">There is none, or it contradicts the file.</exception>
    public static ElfHeader Read(ElfBytes bytes)
    {
        Span<byte> header = stackalloc byte[MaxHeaderBytes];
        header.Clear();
        if (bytes.LengthBytes < MinHeaderBytes)
            throw new ElfFormatException($"{bytes.LengthBytes} bytes are too few for an ELF header");
        bytes.Read(0, header[..(int)Math.Min(MaxHeaderBytes, bytes.LengthBytes)]);
        if (!IsElf(header))
            throw new ElfFormatException("the file does not begin as an ELF file");
        if (header[4] is not (1 or 2) || header[5] is not (1 or 2) || header[6] != 1)
            throw new ElfFormatException($"the class {header[4]}, byte order {header[5]} or version {header[6]} of the ELF file is not known");
        var encoding = new ElfEncoding(header[4] == 2, header[5] == 2);
        if (encoding.Is64Bit && bytes.LengthBytes < MaxHeaderBytes)
            throw new ElfFormatException($"{bytes.LengthBytes} bytes are too few for an ELF header of 64 bits");

        ReadOnlySpan<byte> words = header[24..];
        int word = encoding.WordBytes;
        ReadOnlySpan<byte> rest = words[(3 * word)..];
        var read = new ElfHeader(
            encoding, header[7], (ElfType)encoding.ReadUInt16(header[IdentBytes..]), (ElfMachine)encoding.ReadUInt16(header[(IdentBytes + 2)..]), encoding.ReadUInt32(rest))
        {
            SegmentTableOffset = OffsetOf(bytes, encoding.ReadWord(words[word..]), "program headers"),
            SectionTableOffset = OffsetOf(bytes, encoding.ReadWord(words[(2 * word)..]), "section headers"),
            SegmentCount = encoding.ReadUInt16(rest[8..]),
            SectionCount = encoding.ReadUInt16(rest[12..]),
            NameSection = encoding.ReadUInt16(rest[14..]),
        };
        ushort segmentBytes = encoding.ReadUInt16(rest[6..]);
        ushort sectionBytes = encoding.ReadUInt16(rest[10..]);
        if (read.SegmentCount > 0 && segmentBytes != encoding.SegmentBytes)
            throw new ElfFormatException($"program headers have {segmentBytes} bytes instead of {encoding.SegmentBytes}");
        if (read.SectionTableOffset > 0 && sectionBytes != encoding.SectionBytes)
            throw new ElfFormatException($"section headers have {sectionBytes} bytes instead of {encoding.SectionBytes}");
        return read;
    }

    private static long OffsetOf(ElfBytes bytes, ulong offset, string what) =>
        bytes.Contains(offset, 0) ? (long)offset : throw new ElfFormatException($"the {what} are said to begin at offset {offset} of {bytes.LengthBytes} bytes");
}

/// <summary>What an ELF file is for (e_type).</summary>
internal enum ElfType : ushort
{
    /// <summary>Made for nothing in particular.</summary>
    None = 0,

    /// <summary>An object file, input of the linker.</summary>
    Relocatable = 1,

    /// <summary>A program with a fixed address.</summary>
    Executable = 2,

    /// <summary>A library, or a program that can be loaded anywhere.</summary>
    Shared = 3,

    /// <summary>The memory of a process that crashed.</summary>
    Core = 4,
}

/// <summary>The processors that something here depends on (e_machine); others keep their number.</summary>
internal enum ElfMachine : ushort
{
    /// <summary>32-bit x86.</summary>
    I386 = 3,

    /// <summary>MIPS.</summary>
    Mips = 8,

    /// <summary>32-bit PowerPC.</summary>
    PowerPc = 20,

    /// <summary>64-bit PowerPC.</summary>
    PowerPc64 = 21,

    /// <summary>IBM S/390.</summary>
    S390 = 22,

    /// <summary>32-bit ARM.</summary>
    Arm = 40,

    /// <summary>64-bit x86.</summary>
    X8664 = 62,

    /// <summary>64-bit ARM.</summary>
    Aarch64 = 183,

    /// <summary>RISC-V.</summary>
    RiscV = 243,

    /// <summary>LoongArch.</summary>
    LoongArch = 258,

    /// <summary>Alpha, whose hash tables have words of 8 bytes, as those of S/390.</summary>
    Alpha = 0x9026,
}
