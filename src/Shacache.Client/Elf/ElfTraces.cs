using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf;

/// <summary>Tells what the places of an ELF file are for that name the path of its release, and whether they can be changed.</summary>
/// <remarks>Rules: docs/relocation.md. A place is dead when nothing of the running program can see it.</remarks>
internal static class ElfTraces
{
    /// <summary>Bytes that no text has; tab, line feed and return are part of texts.</summary>
    private static readonly SearchValues<byte> ControlBytes =
        SearchValues.Create([.. Enumerable.Range(0, 32).Where(value => value is not ('\t' or '\n' or '\r')).Select(value => (byte)value), 127]);

    private const string PieceReason = "a piece of the path stands apart from the rest, as compilers copy short strings";

    /// <summary>One trace for each match, and one for each piece that is live, in the order of their offsets.</summary>
    /// <param name="file">The file; its position does not move.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="matches">Where the path stands, ascending, with all slashes in front of it.</param>
    /// <param name="pieces">Where 8 bytes of the MD5 stand outside of every match.</param>
    /// <exception cref="ElfFormatException">A table contradicts the file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ElfTrace[] Classify(SafeFileHandle file, long lengthBytes, IReadOnlyList<ElfMatch> matches, IReadOnlyList<long> pieces)
    {
        var image = ElfImage.Read(file, lengthBytes);
        long end = image.FindEnd();
        ElfStringMatch[] strings =
        [
            .. from match in matches.Concat(pieces.Select(piece => new ElfMatch(piece, ElfStringMatch.PieceBytes)))
               where IsInStrings(image, match)
               select new ElfStringMatch(match, image.Dynamic!.StringsOffset),
        ];
        bool areSymbolsKnown = ElfStringMatch.Resolve(image, strings);
        Dictionary<long, ElfStringMatch> byOffset = strings.ToDictionary(found => found.Match.Offset);
        string? growth = ElfGrowth.FindObstacle(image);

        var traces = new List<ElfTrace>();
        foreach (ElfMatch match in matches)
        {
            traces.Add(byOffset.TryGetValue(match.Offset, out ElfStringMatch? found)
                ? ClassifyString(found, areSymbolsKnown, growth is null)
                : ClassifyOther(image, match, end, growth is null));
        }

        foreach (long piece in pieces)
        {
            bool isLive = byOffset.TryGetValue(piece, out ElfStringMatch? found)
                ? ClassifyString(found, areSymbolsKnown, false).IsLive
                : ClassifyOther(image, new ElfMatch(piece, ElfStringMatch.PieceBytes), end, false).IsLive;
            if (isLive)
                traces.Add(new ElfTrace(piece, ElfStringMatch.PieceBytes, ElfTraceKind.Piece, true, false, false, PieceReason));
        }

        return [.. traces.OrderBy(trace => trace.Offset)];
    }

    private static bool IsInStrings(ElfImage image, ElfMatch match) =>
        image.Dynamic is { } dynamic && match.Offset >= dynamic.StringsOffset && match.Offset + match.LengthBytes <= dynamic.StringsOffset + dynamic.StringsBytes;

    private static ElfTrace ClassifyString(ElfStringMatch found, bool areSymbolsKnown, bool canGrow)
    {
        (ElfMatch match, ElfStringUses uses) = (found.Match, found.Uses);
        string? reason = uses.HasFlag(ElfStringUses.Inside) ? "another string of the dynamic string table begins within the path"
            : areSymbolsKnown ? null
            : "the number of symbols cannot be told, so that one might share the string";
        if (uses.HasFlag(ElfStringUses.Symbol))
            return new ElfTrace(match.Offset, match.LengthBytes, ElfTraceKind.DynamicString, true, true, false, "the path is part of the name of a symbol or version");
        if (uses.HasFlag(ElfStringUses.Entry))
            return new ElfTrace(match.Offset, match.LengthBytes, ElfTraceKind.DynamicString, true, true, false, reason);
        if (uses.HasFlag(ElfStringUses.RunPath))
            return new ElfTrace(match.Offset, match.LengthBytes, ElfTraceKind.RunPath, true, true, canGrow, reason);
        // A string that begins within the path sees its end.
        bool isSeen = uses.HasFlag(ElfStringUses.Inside) || !areSymbolsKnown;
        return new ElfTrace(match.Offset, match.LengthBytes, isSeen ? ElfTraceKind.DynamicString : ElfTraceKind.SymbolName, isSeen, true, false, reason);
    }

    private static ElfTrace ClassifyOther(ElfImage image, ElfMatch match, long end, bool canGrow)
    {
        ElfTrace Make(ElfTraceKind kind, bool isLive, string? reason) =>
            new(match.Offset, match.LengthBytes, kind, isLive, EndsWithNul(image, match), canGrow && kind == ElfTraceKind.Interpreter, reason);
        ElfSection? section = image.FindSection(match.Offset);
        string name = section is { } named ? image.NameOf(named) : "";
        bool isCompressed = section is { IsCompressed: true } || name == ".gnu_debugdata"
            || name.StartsWith(".gnu.lto_", StringComparison.Ordinal) || name.StartsWith(".zdebug", StringComparison.Ordinal);
        string? reason = isCompressed ? $"it is in the compressed section {name}" : null;
        if (image.Header.Type == ElfType.Relocatable)
            return Make(ElfTraceKind.Object, false, reason);
        if (image.IsDebugOnly)
            return Make(ElfTraceKind.Debug, false, "the program that this is the debug information of has the checksum of the file");
        if (image.InterpreterSegment is { } interpreter && (ulong)match.Offset >= interpreter.Offset && (ulong)match.Offset - interpreter.Offset < interpreter.FileBytes)
            return Make(ElfTraceKind.Interpreter, true, null);
        if (image.IsInMemory(match.Offset) || image.IsInMemory(match.Offset + match.LengthBytes - 1))
            return Make(ElfTraceKind.CString, true, null);
        if (section is null && match.Offset + match.LengthBytes > end)
            return Make(ElfTraceKind.Other, true, "it is in what was appended to the program");
        if (!image.IsLoaded || section is null)
            return Make(ElfTraceKind.Other, false, "it belongs to no part of the file that is known");
        ElfTraceKind kind = name == ".comment" ? ElfTraceKind.Comment
            : section.Value.Type == ElfSectionType.Strings && !name.StartsWith(".debug", StringComparison.Ordinal) ? ElfTraceKind.SymbolName
            : ElfTraceKind.Debug;
        return Make(kind, false, reason);
    }

    /// <summary>Whether the text that goes on after a match ends with a NUL and not with another byte that no text has.</summary>
    private static bool EndsWithNul(ElfImage image, ElfMatch match)
    {
        const int MaxTextBytes = 64 * 1024;
        long last = Math.Min(image.Bytes.LengthBytes, match.Offset + match.LengthBytes + MaxTextBytes);
        for (long offset = match.Offset + match.LengthBytes; offset < last;)
        {
            ReadOnlySpan<byte> part = image.Bytes.Peek(offset, (int)(last - offset));
            int control = part.IndexOfAny(ControlBytes);
            if (control >= 0)
                return part[control] == 0;
            offset += part.Length;
        }

        return false;
    }
}
