namespace Shacache.Client.Elf.Format;

/// <summary>Who refers to a string of the dynamic string table. Linkers let strings share their tails, so a reference may lead into the middle of another.</summary>
/// <param name="Position">Where the string begins, from the beginning of the table.</param>
/// <param name="Tag">The entry of the dynamic section that refers to it; null for symbols and versions.</param>
internal readonly record struct ElfStringUse(ulong Position, ElfDynamicTag? Tag)
{
    /// <summary>Whether the string is a run path.</summary>
    public bool IsRunPath => Tag is ElfDynamicTag.RPath or ElfDynamicTag.RunPath;

    /// <summary>All references to the dynamic string table.</summary>
    /// <param name="image">The file.</param>
    /// <param name="areSymbolsKnown">False when the number of symbols cannot be told: they are missing from the result.</param>
    /// <exception cref="ElfFormatException">A table is not in the file.</exception>
    public static IEnumerable<ElfStringUse> ReadAll(ElfImage image, out bool areSymbolsKnown)
    {
        IEnumerable<uint>? symbols = ElfSymbols.ReadNames(image);
        areSymbolsKnown = symbols is not null;
        return image.Dynamic is { } dynamic
            ? dynamic.Entries.Where(entry => entry.IsString).Select(entry => new ElfStringUse(entry.Value, entry.Tag))
                .Concat(ElfVersions.ReadStrings(image).Concat(symbols ?? []).Select(position => new ElfStringUse(position, null)))
            : [];
    }
}
