using System.Buffers.Binary;

namespace Shacache.Client.Archives.Tar;

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
            // Behind the digits come spaces and NULs only.
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
