using System.Text;

namespace Shacache.Client.Elf.Format;

/// <summary>The dynamic section: what the loader does with a file (gABI, "Dynamic Section").</summary>
internal sealed class ElfDynamic
{
    /// <summary>Real ones have some forty.</summary>
    private const int MaxEntries = 4096;

    /// <summary>Longer than the run path of any build.</summary>
    private const int MaxStringBytes = 1 << 20;

    /// <summary>More than all names and run paths of any file together.</summary>
    private const int MaxAllStringsBytes = 16 << 20;

    private readonly ElfImage _image;
    private long _readBytes;

    private ElfDynamic(ElfImage image, IReadOnlyList<ElfDynamicEntry> entries)
    {
        _image = image;
        Entries = entries;
        StringsBytes = (long)(Find(ElfDynamicTag.StringsBytes)?.Value ?? 0);
        if (Find(ElfDynamicTag.Strings) is { } strings)
        {
            StringsAddress = strings.Value;
            StringsOffset = image.FindOffset(strings.Value, (ulong)StringsBytes)
                ?? throw new ElfFormatException($"the {(ulong)StringsBytes} bytes of the dynamic string table at address {strings.Value} are not in the file");
        }
        else
        {
            StringsBytes = 0;
        }
    }

    /// <summary>Its entries up to the one that ends it, in their order.</summary>
    public IReadOnlyList<ElfDynamicEntry> Entries { get; }

    /// <summary>Where the dynamic string table is loaded to.</summary>
    public ulong StringsAddress { get; }

    /// <summary>Where the dynamic string table begins in the file.</summary>
    public long StringsOffset { get; }

    /// <summary>The length of the dynamic string table; 0 without one.</summary>
    public long StringsBytes { get; }

    /// <summary>The entry of a kind; the last one where there are several, as the loader takes it.</summary>
    public ElfDynamicEntry? Find(ElfDynamicTag tag)
    {
        ElfDynamicEntry? found = null;
        foreach (ElfDynamicEntry entry in Entries)
        {
            if (entry.Tag == tag)
                found = entry;
        }

        return found;
    }

    /// <summary>The strings of all entries of a kind, in their order.</summary>
    /// <exception cref="ElfFormatException">One does not lie in the string table.</exception>
    public IEnumerable<string> ReadTexts(ElfDynamicTag tag) =>
        from entry in Entries where entry.Tag == tag select Encoding.Latin1.GetString(ReadString(entry.Value));

    /// <summary>The libraries that it names as needed, in their order (DT_NEEDED).</summary>
    public IEnumerable<string> Needed => ReadTexts(ElfDynamicTag.Needed);

    /// <summary>Its own name as a library (DT_SONAME).</summary>
    public string? SharedName => ReadTexts(ElfDynamicTag.SharedName).LastOrDefault();

    /// <summary>A string of the dynamic string table, without its NUL.</summary>
    /// <param name="position">Where it begins in the table.</param>
    /// <exception cref="ElfFormatException">It does not lie in the table, is longer than a mebibyte, or all that were read are longer than 16 of them.</exception>
    public byte[] ReadString(ulong position)
    {
        if (position >= (ulong)StringsBytes)
            throw new ElfFormatException($"a string at {position} is not in the dynamic string table of {StringsBytes} bytes");
        if (_readBytes > MaxAllStringsBytes)
            throw new ElfFormatException($"its names have more than {MaxAllStringsBytes} bytes");
        byte[] text = [];
        long rest = Math.Min(StringsBytes - (long)position, MaxStringBytes);
        for (long offset = StringsOffset + (long)position; rest > 0;)
        {
            ReadOnlySpan<byte> part = _image.Bytes.Peek(offset, (int)rest);
            int end = part.IndexOf((byte)0);
            _readBytes += end < 0 ? part.Length : end;
            text = [.. text, .. end < 0 ? part : part[..end]];
            if (end >= 0)
                return text;
            offset += part.Length;
            rest -= part.Length;
        }

        throw new ElfFormatException($"the string at {position} of the dynamic string table does not end");
    }

    /// <summary>Where the string begins that has a byte of the table; null when it begins before <paramref name="floor"/>.</summary>
    /// <param name="floor">A position that is not searched beyond; 0 is the beginning of a string.</param>
    /// <param name="position">The position of the byte.</param>
    /// <exception cref="ElfFormatException">The string is longer than a mebibyte.</exception>
    public ulong? FindStart(ulong floor, ulong position)
    {
        Span<byte> part = stackalloc byte[256];
        for (ulong rest = position; rest > floor;)
        {
            int length = (int)Math.Min((ulong)part.Length, rest - floor);
            rest -= (ulong)length;
            _image.Bytes.Read(StringsOffset + (long)rest, part[..length]);
            int end = part[..length].LastIndexOf((byte)0);
            if (end >= 0)
                return rest + (ulong)end + 1;
            if (position - rest > MaxStringBytes)
                throw new ElfFormatException($"the string at {position} of the dynamic string table is longer than {MaxStringBytes} bytes");
        }

        return floor == 0 ? 0 : null;
    }

    /// <summary>Reads the section.</summary>
    /// <exception cref="ElfFormatException">It does not end, or its string table is not in the file.</exception>
    internal static ElfDynamic Read(ElfImage image, ElfSegment segment)
    {
        ElfEncoding encoding = image.Header.Encoding;
        int word = encoding.WordBytes;
        byte[] pair = new byte[2 * word];
        var entries = new List<ElfDynamicEntry>();
        for (ulong position = 0; (ulong)pair.Length <= segment.FileBytes - position; position += (ulong)pair.Length)
        {
            long offset = (long)(segment.Offset + position);
            image.Bytes.Read(offset, pair);
            ulong tag = encoding.ReadWord(pair);
            if (tag == 0)
                return new ElfDynamic(image, entries);
            if (entries.Count == MaxEntries)
                break;
            entries.Add(new ElfDynamicEntry((ElfDynamicTag)tag, encoding.ReadWord(pair.AsSpan(word)), offset));
        }

        throw new ElfFormatException($"the dynamic section does not end within {Math.Min(entries.Count, MaxEntries)} entries");
    }
}

/// <summary>An entry of the dynamic section.</summary>
/// <param name="Tag">What it is.</param>
/// <param name="Value">A number, an address, or the place of a string in the string table.</param>
/// <param name="Offset">Where the entry stands in the file.</param>
internal readonly record struct ElfDynamicEntry(ElfDynamicTag Tag, ulong Value, long Offset)
{
    /// <summary>Whether the value is the place of a string.</summary>
    public bool IsString => Tag is ElfDynamicTag.Needed or ElfDynamicTag.SharedName or ElfDynamicTag.RPath or ElfDynamicTag.RunPath
        or ElfDynamicTag.Auxiliary or ElfDynamicTag.Filter or ElfDynamicTag.Config or ElfDynamicTag.Audit or ElfDynamicTag.DependencyAudit;
}

/// <summary>What an entry of the dynamic section is (d_tag).</summary>
internal enum ElfDynamicTag : ulong
{
    /// <summary>A library that is needed.</summary>
    Needed = 1,

    /// <summary>The hash table of symbols in its first form.</summary>
    Hash = 4,

    /// <summary>The string table.</summary>
    Strings = 5,

    /// <summary>The symbols.</summary>
    Symbols = 6,

    /// <summary>The length of the string table.</summary>
    StringsBytes = 10,

    /// <summary>The name of the library itself.</summary>
    SharedName = 14,

    /// <summary>Where libraries are looked for, also those that libraries need; not looked at when there is a <see cref="RunPath"/>.</summary>
    RPath = 15,

    /// <summary>Where libraries are looked for.</summary>
    RunPath = 29,

    /// <summary>The hash table of symbols in its GNU form.</summary>
    GnuHash = 0x6ffffef5,

    /// <summary>Configuration of the loader (Solaris).</summary>
    Config = 0x6ffffefa,

    /// <summary>Audit library of dependencies.</summary>
    DependencyAudit = 0x6ffffefb,

    /// <summary>Audit library.</summary>
    Audit = 0x6ffffefc,

    /// <summary>Flags (DT_FLAGS_1).</summary>
    Flags1 = 0x6ffffffb,

    /// <summary>Versions that are provided.</summary>
    VersionDefinitions = 0x6ffffffc,

    /// <summary>How many versions are provided.</summary>
    VersionDefinitionCount = 0x6ffffffd,

    /// <summary>Versions that are needed.</summary>
    VersionNeeds = 0x6ffffffe,

    /// <summary>Of how many libraries versions are needed.</summary>
    VersionNeedCount = 0x6fffffff,

    /// <summary>The number of symbols (MIPS).</summary>
    MipsSymbolCount = 0x70000011,

    /// <summary>Another library whose symbols come first.</summary>
    Auxiliary = 0x7ffffffd,

    /// <summary>Another library that replaces this one's symbols.</summary>
    Filter = 0x7fffffff,
}
