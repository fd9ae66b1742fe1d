using System.Buffers.Binary;

namespace Shacache.Client.Archives.Tar;

/// <summary>Where the fields of a header block are (POSIX ustar; GNU shares all but the prefix).</summary>
internal static class TarField
{
    public const int BlockBytes = 512;
    public static readonly Range Name = 0..100;
    public static readonly Range Mode = 100..108;
    public static readonly Range UserId = 108..116;
    public static readonly Range GroupId = 116..124;
    public static readonly Range Size = 124..136;
    public static readonly Range ModificationTime = 136..148;
    public static readonly Range Checksum = 148..156;
    public const int Kind = 156;
    public static readonly Range LinkName = 157..257;
    public static readonly Range Magic = 257..265;
    public static readonly Range UserName = 265..297;
    public static readonly Range GroupName = 297..329;
    public static readonly Range Prefix = 345..500;

    /// <summary>Rounds a length up to whole blocks.</summary>
    public static long RoundUp(long bytes) => (bytes + BlockBytes - 1) / BlockBytes * BlockBytes;
}

/// <summary>The type flags of tar headers that are understood (POSIX pax, GNU tar manual).</summary>
internal static class TarKind
{
    public const byte OldRegular = 0;
    public const byte Regular = (byte)'0';
    public const byte HardLink = (byte)'1';
    public const byte SymbolicLink = (byte)'2';
    public const byte CharacterDevice = (byte)'3';
    public const byte BlockDevice = (byte)'4';
    public const byte Folder = (byte)'5';
    public const byte Fifo = (byte)'6';
    public const byte Contiguous = (byte)'7';
    public const byte PaxGlobal = (byte)'g';
    public const byte Pax = (byte)'x';
    public const byte GnuLongName = (byte)'L';
    public const byte GnuLongLink = (byte)'K';
    public const byte GnuSparse = (byte)'S';
    public const byte GnuVolumeName = (byte)'V';
}

/// <summary>Numbers in a header block: octal digits, or GNU's binary form for larger and negative ones.</summary>
internal static class TarNumber
{
    /// <summary>Reads a number; a blank field is zero.</summary>
    public static bool TryParse(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if ((field[0] & 0x80) != 0)
            return TryParseBinary(field, out value);
        ReadOnlySpan<byte> digits = field.TrimStart((byte)' ');
        int end = digits.IndexOfAny((byte)' ', (byte)0);
        if (end >= 0)
        {
            // Only spaces and NULs may follow the digits.
            if (digits[end..].ContainsAnyExcept((byte)' ', (byte)0))
                return false;
            digits = digits[..end];
        }

        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return false;
            value = (value << 3) | (uint)(digit - '0');
        }

        return true;
    }

    private static bool TryParseBinary(ReadOnlySpan<byte> field, out long value)
    {
        // The uppermost bit is the mark, the rest a number in two's complement.
        bool isNegative = (field[0] & 0x40) != 0;
        value = BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
        if (field.Length == 8)
        {
            // Bit 62 of the eight bytes is the sign.
            value = isNegative ? value : value & long.MaxValue;
            return true;
        }

        ReadOnlySpan<byte> above = field[1..^8];
        byte filler = (byte)(isNegative ? 0xff : 0);
        return field[0] == (isNegative ? 0xff : 0x80) && !above.ContainsAnyExcept(filler) && value < 0 == isNegative;
    }
}
