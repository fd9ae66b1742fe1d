namespace Shacache.Client.Elf.Format;

/// <summary>A program header: a part of the file that is loaded, or that tells the loader something (gABI, "Program Header").</summary>
/// <param name="Type">What it is.</param>
/// <param name="Flags">How its memory may be used: 1 executed, 2 written, 4 read.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Address">Where it begins in memory.</param>
/// <param name="FileBytes">Its length in the file.</param>
/// <param name="MemoryBytes">Its length in memory; what the file does not have is zero.</param>
/// <param name="Alignment">Address and offset are equal modulo this.</param>
internal readonly record struct ElfSegment(ElfSegmentType Type, uint Flags, ulong Offset, ulong Address, ulong FileBytes, ulong MemoryBytes, ulong Alignment)
{
    /// <summary>The memory may be read and nothing else.</summary>
    public const uint Readable = 4;

    /// <summary>Reads one.</summary>
    public static ElfSegment Read(ElfEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        int word = encoding.WordBytes;
        ReadOnlySpan<byte> words = bytes[word..];
        uint flags = encoding.ReadUInt32(encoding.Is64Bit ? bytes[4..] : bytes[24..]);
        ulong alignment = encoding.ReadWord(encoding.Is64Bit ? bytes[48..] : bytes[28..]);
        return new ElfSegment(
            (ElfSegmentType)encoding.ReadUInt32(bytes), flags, encoding.ReadWord(words), encoding.ReadWord(words[word..]),
            encoding.ReadWord(words[(3 * word)..]), encoding.ReadWord(words[(4 * word)..]), alignment);
    }

    /// <summary>Writes one; its physical address, which nothing looks at, becomes its address.</summary>
    public void Write(ElfEncoding encoding, Span<byte> bytes)
    {
        int word = encoding.WordBytes;
        encoding.WriteUInt32(bytes, (uint)Type);
        encoding.WriteUInt32(encoding.Is64Bit ? bytes[4..] : bytes[24..], Flags);
        ReadOnlySpan<ulong> words = [Offset, Address, Address, FileBytes, MemoryBytes];
        for (int i = 0; i < words.Length; i++)
            encoding.WriteWord(bytes[((i + 1) * word)..], words[i]);
        encoding.WriteWord(encoding.Is64Bit ? bytes[48..] : bytes[28..], Alignment);
    }

    /// <summary>Whether an address lies in the part of this that the file has.</summary>
    public bool HasInFile(ulong address) => address >= Address && address - Address < FileBytes;
}

/// <summary>What a program header is for (p_type).</summary>
internal enum ElfSegmentType : uint
{
    /// <summary>Nothing.</summary>
    Null = 0,

    /// <summary>Loaded.</summary>
    Load = 1,

    /// <summary>The dynamic section.</summary>
    Dynamic = 2,

    /// <summary>The path of the interpreter.</summary>
    Interpreter = 3,

    /// <summary>Notes.</summary>
    Note = 4,

    /// <summary>The program headers themselves.</summary>
    ProgramHeaders = 6,

    /// <summary>The notes of properties, once more.</summary>
    GnuProperty = 0x6474e553,
}
