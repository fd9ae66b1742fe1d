using System.Buffers.Binary;

namespace Shacache.Client.Elf.Format;

/// <summary>How numbers stand in an ELF file: the word size and the byte order of its machine (gABI, "Data Representation").</summary>
/// <param name="Is64Bit">Whether addresses and offsets have 8 bytes and not 4.</param>
/// <param name="IsBigEndian">Whether the first byte of a number is its highest.</param>
internal readonly record struct ElfEncoding(bool Is64Bit, bool IsBigEndian)
{
    /// <summary>Bytes of an address, an offset or a size.</summary>
    public int WordBytes => Is64Bit ? 8 : 4;

    /// <summary>Bytes of a program header.</summary>
    public int SegmentBytes => Is64Bit ? 56 : 32;

    /// <summary>Bytes of a section header.</summary>
    public int SectionBytes => Is64Bit ? 64 : 40;

    /// <summary>Bytes of a symbol.</summary>
    public int SymbolBytes => Is64Bit ? 24 : 16;

    /// <summary>A number of 2 bytes.</summary>
    public ushort ReadUInt16(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    /// <summary>A number of 4 bytes.</summary>
    public uint ReadUInt32(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>A number of 8 bytes.</summary>
    public ulong ReadUInt64(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    /// <summary>An address, an offset or a size.</summary>
    public ulong ReadWord(ReadOnlySpan<byte> bytes) => Is64Bit ? ReadUInt64(bytes) : ReadUInt32(bytes);

    /// <summary>Writes a number of 4 bytes.</summary>
    public void WriteUInt32(Span<byte> bytes, uint value)
    {
        if (IsBigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
    }

    /// <summary>Writes an address, an offset or a size; the caller knows that it fits.</summary>
    public void WriteWord(Span<byte> bytes, ulong value)
    {
        if (!Is64Bit)
            WriteUInt32(bytes, checked((uint)value));
        else if (IsBigEndian)
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
    }
}
