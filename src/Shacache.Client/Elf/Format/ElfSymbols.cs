namespace Shacache.Client.Elf.Format;

/// <summary>The names of the symbols that the loader knows (DT_SYMTAB), of which it is told everything but the number.</summary>
internal static class ElfSymbols
{
    /// <summary>A table of more symbols is taken as damaged.</summary>
    private const ulong MaxSymbols = 1 << 24;

    /// <summary>Where in the dynamic string table the names of the symbols stand; null when their number cannot be told.</summary>
    /// <exception cref="ElfFormatException">The table is not in the file.</exception>
    public static IEnumerable<uint>? ReadNames(ElfImage image)
    {
        if (image.Dynamic is not { } dynamic || dynamic.Find(ElfDynamicTag.Symbols) is not { } symbols)
            return [];
        if (Count(image, dynamic, symbols.Value) is not { } count)
            return null;
        int symbolBytes = image.Header.Encoding.SymbolBytes;
        if (count > MaxSymbols || image.FindOffset(symbols.Value, count * (ulong)symbolBytes) is not { } offset)
            throw new ElfFormatException($"{count} symbols at address {symbols.Value} are not in the file");
        return ReadNames(image, offset, (long)count);
    }

    private static IEnumerable<uint> ReadNames(ElfImage image, long offset, long count)
    {
        byte[] name = new byte[4];
        for (long i = 0; i < count; i++)
        {
            image.Bytes.Read(offset + (i * image.Header.Encoding.SymbolBytes), name);
            yield return image.Header.Encoding.ReadUInt32(name);
        }
    }

    private static ulong? Count(ElfImage image, ElfDynamic dynamic, ulong address)
    {
        if (dynamic.Find(ElfDynamicTag.Hash) is { } hash)
            return ReadHashCount(image, hash.Value);
        if (image.Sections.FirstOrDefault(section => section.Type == ElfSectionType.DynamicSymbols && section.Address == address) is { LengthBytes: > 0 } section)
            return section.LengthBytes / (ulong)image.Header.Encoding.SymbolBytes;
        if (dynamic.Find(ElfDynamicTag.MipsSymbolCount) is { } count && image.Header.Machine == ElfMachine.Mips)
            return count.Value;
        return dynamic.Find(ElfDynamicTag.GnuHash) is { } gnuHash ? ReadGnuHashCount(image, gnuHash.Value) : null;
    }

    /// <summary>The second word of the first hash table is the number of chains, one for each symbol.</summary>
    private static ulong ReadHashCount(ElfImage image, ulong address)
    {
        ElfHeader header = image.Header;
        bool hasLongWords = header.Encoding.Is64Bit && header.Machine is ElfMachine.S390 or ElfMachine.Alpha;
        int word = hasLongWords ? 8 : 4;
        long offset = OffsetOf(image, address, (ulong)(2 * word));
        byte[] count = new byte[word];
        image.Bytes.Read(offset + word, count);
        return hasLongWords ? header.Encoding.ReadUInt64(count) : header.Encoding.ReadUInt32(count);
    }

    /// <summary>The end of the chain that begins last: symbols without a chain of their own stand in front of all others.</summary>
    private static ulong ReadGnuHashCount(ElfImage image, ulong address)
    {
        ElfEncoding encoding = image.Header.Encoding;
        byte[] head = new byte[16];
        image.Bytes.Read(OffsetOf(image, address, (ulong)head.Length), head);
        uint buckets = encoding.ReadUInt32(head);
        uint first = encoding.ReadUInt32(head.AsSpan(4));
        ulong bucketsAddress = address + (ulong)head.Length + (encoding.ReadUInt32(head.AsSpan(8)) * (ulong)encoding.WordBytes);
        ulong last = 0;
        byte[] number = new byte[4];
        if (buckets > 0)
        {
            long offset = OffsetOf(image, bucketsAddress, buckets * 4UL);
            for (uint i = 0; i < buckets; i++, offset += 4)
            {
                image.Bytes.Read(offset, number);
                last = Math.Max(last, encoding.ReadUInt32(number));
            }
        }

        // Without any symbol to be found there are at least those in front.
        if (last < first)
            return first;
        for (ulong chain = bucketsAddress + (buckets * 4UL); last < MaxSymbols; last++)
        {
            image.Bytes.Read(OffsetOf(image, chain + ((last - first) * 4UL), 4), number);
            // The lowest bit ends a chain.
            if ((encoding.ReadUInt32(number) & 1) != 0)
                break;
        }

        return last + 1;
    }

    private static long OffsetOf(ElfImage image, ulong address, ulong length) =>
        image.FindOffset(address, length) ?? throw new ElfFormatException($"the hash table at address {address} is not in the file");
}
