namespace Shacache.Client.Elf.Format;

/// <summary>A section header (gABI, "Sections").</summary>
/// <param name="NameOffset">Where its name begins in the section of names.</param>
/// <param name="Type">What it is.</param>
/// <param name="Flags">2: it is loaded; 0x800: it is compressed.</param>
/// <param name="Address">Where it is loaded to; 0 when it is not.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="Link">Another section, by type.</param>
/// <param name="Info">A number, by type.</param>
/// <param name="EntryBytes">The length of each of its entries.</param>
internal readonly record struct ElfSection(
    uint NameOffset, ElfSectionType Type, ulong Flags, ulong Address, ulong Offset, ulong LengthBytes, uint Link, uint Info, ulong EntryBytes)
{
    private const ulong AllocatedFlag = 2;
    private const ulong CompressedFlag = 0x800;

    /// <summary>Whether it is part of the process.</summary>
    public bool IsAllocated => (Flags & AllocatedFlag) != 0;

    /// <summary>Whether it is compressed, with a header in front (Elf64_Chdr).</summary>
    public bool IsCompressed => (Flags & CompressedFlag) != 0;

    /// <summary>Reads one.</summary>
    public static ElfSection Read(ElfEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        int word = encoding.WordBytes;
        ReadOnlySpan<byte> words = bytes[8..];
        ReadOnlySpan<byte> numbers = words[(4 * word)..];
        return new ElfSection(
            encoding.ReadUInt32(bytes), (ElfSectionType)encoding.ReadUInt32(bytes[4..]), encoding.ReadWord(words), encoding.ReadWord(words[word..]),
            encoding.ReadWord(words[(2 * word)..]), encoding.ReadWord(words[(3 * word)..]), encoding.ReadUInt32(numbers), encoding.ReadUInt32(numbers[4..]),
            encoding.ReadWord(numbers[(8 + word)..]));
    }
}

/// <summary>What a section is (sh_type).</summary>
internal enum ElfSectionType : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Whatever the program makes of it.</summary>
    ProgramBits = 1,

    /// <summary>Symbols for the linker and debuggers.</summary>
    Symbols = 2,

    /// <summary>Strings.</summary>
    Strings = 3,

    /// <summary>The dynamic section.</summary>
    Dynamic = 6,

    /// <summary>Notes.</summary>
    Notes = 7,

    /// <summary>Nothing in the file.</summary>
    NoBits = 8,

    /// <summary>Symbols for the loader.</summary>
    DynamicSymbols = 11,
}
