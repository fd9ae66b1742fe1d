using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf;

/// <summary>A match, or a piece, in the dynamic string table, and who refers to the string that has it.</summary>
internal sealed class ElfStringMatch(ElfMatch match, long stringsOffset)
{
    /// <summary>Bytes of the MD5 that are looked for apart from the path.</summary>
    public const int PieceBytes = 8;

    private readonly ulong _position = (ulong)(match.Offset - stringsOffset);
    private ElfString _string = new(0);
    private bool _hasInside;

    /// <summary>Where it stands in the file.</summary>
    public ElfMatch Match { get; } = match;

    /// <summary>Who refers to its string.</summary>
    public ElfStringUses Uses =>
        When(_string.RunPath <= _position, ElfStringUses.RunPath) | When(_string.Entry <= _position, ElfStringUses.Entry)
        | When(_string.Symbol <= _position, ElfStringUses.Symbol) | When(_hasInside, ElfStringUses.Inside);

    private ulong End => _position + (ulong)Match.LengthBytes;

    /// <summary>Finds out who refers to the strings of matches, in one pass over all references.</summary>
    /// <param name="image">The file.</param>
    /// <param name="matches">Matches in its dynamic string table, in any order.</param>
    /// <returns>False when symbols may refer to them that cannot be counted.</returns>
    /// <exception cref="ElfFormatException">A table is not in the file.</exception>
    public static bool Resolve(ElfImage image, IReadOnlyCollection<ElfStringMatch> matches)
    {
        if (image.Dynamic is not { } dynamic || matches.Count == 0)
            return true;
        ElfStringMatch[] ordered = [.. matches.OrderBy(found => found._position)];
        for (int i = 0; i < ordered.Length; i++)
        {
            ulong floor = i > 0 ? ordered[i - 1].End : 0;
            ulong? start = dynamic.FindStart(floor, ordered[i]._position);
            ordered[i]._string = start is null && i > 0 ? ordered[i - 1]._string : new ElfString(start ?? 0);
        }

        IEnumerable<ElfStringUse> all = ElfStringUse.ReadAll(image, out bool areSymbolsKnown);
        foreach (ElfStringUse use in all)
            FindFirstAfter(ordered, use.Position)?.Take(use);
        return areSymbolsKnown;
    }

    private static ElfStringUses When(bool isSo, ElfStringUses uses) => isSo ? uses : ElfStringUses.None;

    /// <summary>The first match that does not end before a position.</summary>
    private static ElfStringMatch? FindFirstAfter(ElfStringMatch[] ordered, ulong position)
    {
        int low = 0;
        for (int high = ordered.Length; low < high;)
        {
            int middle = (low + high) / 2;
            if (ordered[middle].End <= position)
                low = middle + 1;
            else
                high = middle;
        }

        return low < ordered.Length ? ordered[low] : null;
    }

    private void Take(ElfStringUse use)
    {
        _hasInside |= use.Position > _position;
        if (use.Position >= _string.Start)
            _string.Take(use);
    }

    /// <summary>A string with matches, and where the first reference of each sort leads to.</summary>
    private sealed class ElfString(ulong start)
    {
        public ulong Start => start;

        public ulong RunPath { get; private set; } = ulong.MaxValue;

        public ulong Entry { get; private set; } = ulong.MaxValue;

        public ulong Symbol { get; private set; } = ulong.MaxValue;

        public void Take(ElfStringUse use)
        {
            if (use.IsRunPath)
                RunPath = Math.Min(RunPath, use.Position);
            else if (use.Tag is not null)
                Entry = Math.Min(Entry, use.Position);
            else
                Symbol = Math.Min(Symbol, use.Position);
        }
    }
}

/// <summary>Who refers to the string of a match.</summary>
[Flags]
internal enum ElfStringUses
{
    /// <summary>No one.</summary>
    None = 0,

    /// <summary>A run path.</summary>
    RunPath = 1,

    /// <summary>Another entry of the dynamic section, such as a needed library.</summary>
    Entry = 2,

    /// <summary>A symbol, or a version.</summary>
    Symbol = 4,

    /// <summary>Something whose string begins within the match.</summary>
    Inside = 8,
}
