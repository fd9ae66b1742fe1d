namespace Shacache.Client.Archives.Gzip;

/// <summary>Tells symbols from the bits of a Huffman code by one or two look-ups (RFC 1951, section 3.2.2).</summary>
/// <remarks>
/// An entry holds in its lowest byte the number of bits of the code, in bits 8 to 11 a number of extra bits, in bits 16 to 30 a value, and
/// flags. Codes longer than the first table's width continue in a table of their own.
/// </remarks>
internal sealed class HuffmanTable
{
    public const uint Literal = 0x8000_0000;
    public const uint EndOfBlock = 0x4000;
    public const uint Continued = 0x2000;
    public const uint Invalid = 0x1000;
    public const int MaxCodeBits = 15;

    private readonly uint[] _symbols;
    private readonly int _bits;

    /// <summary>Makes room for the tables of a code.</summary>
    /// <param name="symbols">The entry of each symbol, without the number of bits.</param>
    /// <param name="bits">Width of the first table.</param>
    public HuffmanTable(uint[] symbols, int bits)
    {
        _symbols = symbols;
        _bits = bits;
        // At worst every symbol needs a second table of its own.
        Entries = new uint[(1 << bits) + (symbols.Length << (MaxCodeBits - bits))];
    }

    /// <summary>The tables, the first one at the beginning.</summary>
    public uint[] Entries { get; }

    /// <summary>Fills the tables.</summary>
    /// <param name="lengths">The length of each symbol's code in bits; 0 for none.</param>
    /// <returns>False for lengths that no code has.</returns>
    public bool TryBuild(ReadOnlySpan<byte> lengths)
    {
        Span<int> counts = stackalloc int[MaxCodeBits + 1];
        counts.Clear();
        foreach (byte length in lengths)
            counts[length]++;
        counts[0] = 0;

        Span<int> next = stackalloc int[MaxCodeBits + 2];
        int left = 1, used = 0;
        next[1] = 0;
        for (int length = 1; length <= MaxCodeBits; length++)
        {
            left = (left << 1) - counts[length];
            if (left < 0)
                return false;
            used += counts[length];
            next[length + 1] = (next[length] + counts[length]) << 1;
        }

        // Codes are complete, but for none at all or a single one of one bit.
        if (left > 0 && !(used == 0 || (used == 1 && counts[1] == 1)))
            return false;
        Fill(lengths, next, left > 0);
        return true;
    }

    private void Fill(ReadOnlySpan<byte> lengths, Span<int> next, bool isIncomplete)
    {
        int width = 1 << _bits;
        if (isIncomplete)
            Entries.AsSpan(0, width).Fill(Invalid);

        Span<ushort> codes = stackalloc ushort[lengths.Length];
        Span<byte> longest = stackalloc byte[width];
        longest.Clear();
        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length == 0)
                continue;
            int code = Reverse(next[length]++, length);
            codes[symbol] = (ushort)code;
            if (length > _bits)
                longest[code & (width - 1)] = Math.Max(longest[code & (width - 1)], (byte)length);
            else
                Spread(Entries.AsSpan(0, width), code, length, _symbols[symbol] | (uint)length);
        }

        int free = width;
        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length <= _bits)
                continue;
            int start = codes[symbol] & (width - 1);
            int subBits = longest[start] - _bits;
            if (longest[start] <= MaxCodeBits)
            {
                Entries[start] = Continued | ((uint)subBits << 8) | ((uint)free << 16);
                free += 1 << subBits;
                // Marks that the table exists, and keeps its width.
                longest[start] |= 0x80;
            }

            subBits = (longest[start] & 0x7f) - _bits;
            Spread(Entries.AsSpan((int)(Entries[start] >> 16), 1 << subBits), codes[symbol] >> _bits, length - _bits, _symbols[symbol] | (uint)length);
        }
    }

    private static void Spread(Span<uint> table, int code, int bits, uint entry)
    {
        for (int i = code; i < table.Length; i += 1 << bits)
            table[i] = entry;
    }

    private static int Reverse(int code, int length)
    {
        int reversed = 0;
        for (int i = 0; i < length; i++, code >>= 1)
            reversed = (reversed << 1) | (code & 1);
        return reversed;
    }
}
