using Microsoft.Win32.SafeHandles;
using Shacache.Client.Elf;
using Shacache.Client.Elf.Format;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Trees;

namespace Shacache.Client.Relocation.Scanning;

/// <summary>Decides what a file is in which the path was found, and what each place is for (docs/relocation.md, "What is replaced").</summary>
/// <param name="Release">The path.</param>
/// <param name="Path">The file's path below the release's folder, in bytes.</param>
/// <param name="File">The open file; its position does not move.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="Search">What was found in its content.</param>
internal sealed record FileLook(ReleasePath Release, byte[] Path, SafeFileHandle File, long SizeBytes, ContentSearch Search)
{
    /// <summary>Whether the content is text: of one byte a character, or of two or four with a mark at its start.</summary>
    public bool IsText => !Search.HasNul || Search.Head is [0xff, 0xfe, ..] or [0xfe, 0xff, ..] or [0, 0, 0xfe, 0xff, ..];

    /// <summary>What the map says of the file; null when it names the path nowhere.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public MappedFile? Read()
    {
        if (CompressedLook.IsCompressed(Search.Head))
            return new CompressedLook(this).Read();
        if (Search.IsOverflown)
            return Make(FileForm.Binary, [Blocked(TraceUse.Data, 0, 0, "it names the path more often than is counted")]);
        if (Search.Folders.Count == 0 && Search.Pieces.Count == 0)
            return null;
        FoundPaths found = FoundPaths.Read(File, Search, Release);
        if (ElfFile.IsElf(Search.Head))
            return ReadElf(found);
        if (Path.AsSpan().EndsWith(".pyc"u8) || Path.AsSpan().EndsWith(".pyo"u8))
            return ReadPython(found);
        if (found.Whole.Count == 0 && (IsText || Search.Pieces.Count == 0))
            return null;
        if (Search.Head.StartsWith("!<arch>\n"u8))
            return Make(FileForm.StaticLibrary, found.Whole.Select(path => path.ToData(TraceUse.Object, TraceChange.Pad, "programs are linked from it, none here") with { Dead = true }));
        if (IsText && CountedText.Is(Search.Head))
            return Make(FileForm.Text, found.Whole.Select(path => path.ToData(TraceUse.Text, TraceChange.Pad, null)));
        if (IsText)
            return Make(FileForm.Text, found.Whole.Select(path => Shebang.Mark(path.ToText(TraceUse.Text), Search.Head)));
        if (Database.FindName(Search.Head) is { } database)
            return Make(FileForm.Database, found.Whole.Select(path => path.ToData(TraceUse.Data, TraceChange.None, $"it is in a {database}")));
        return Make(FileForm.Binary, [.. found.Whole.Select(ReadData), .. ReadPieces(found)]);
    }

    /// <summary>The file with its places, in their order; null without any.</summary>
    public MappedFile? Make(FileForm form, IEnumerable<MappedTrace> traces)
    {
        MappedTrace[] all = [.. traces.OrderBy(trace => trace.At)];
        return all.Length == 0 ? null : new MappedFile { Path = PathText.Encode(Path), Form = form, Size = SizeBytes, Traces = all };
    }

    /// <summary>A place that cannot be changed.</summary>
    public static MappedTrace Blocked(TraceUse use, long at, int length, string why) =>
        new() { At = at, Length = length, Use = use, Change = TraceChange.None, Why = why };

    /// <summary>Where pieces of the MD5 stand outside of the paths.</summary>
    private long[] PiecesOutside(FoundPaths found)
    {
        var outside = new List<long>();
        int next = 0;
        foreach (long piece in Search.Pieces.Distinct().Order())
        {
            while (next < found.Whole.Count && found.Whole[next].End <= piece)
                next++;
            if (next == found.Whole.Count || piece < found.Whole[next].Room)
                outside.Add(piece);
        }

        return [.. outside];
    }

    private MappedFile? ReadElf(FoundPaths found)
    {
        FoundPath[] narrow = [.. found.Whole.Where(path => path.Encoding is null)];
        try
        {
            ElfTrace[] traces = ElfTraces.Classify(
                File, SizeBytes, [.. narrow.Select(path => new ElfMatch(path.Room, (int)(path.End - path.Room)))], PiecesOutside(found));
            Dictionary<long, string?> forms = narrow.ToDictionary(path => path.Room, path => path.As);
            return Make(
                FileForm.Elf,
                traces.Select(trace => ToMapped(trace) with { As = forms.GetValueOrDefault(trace.Offset) })
                    .Concat(found.Whole.Where(path => path.Encoding is not null).Select(path => path.ToData(TraceUse.Data, TraceChange.None, "it is a text of wide characters"))));
        }
        catch (ElfFormatException e)
        {
            return Make(FileForm.Elf, found.Whole.Select(path => path.ToData(TraceUse.Data, TraceChange.None, $"the ELF file is damaged: {e.Message}")));
        }
    }

    private static MappedTrace ToMapped(ElfTrace trace) => new()
    {
        At = trace.Offset,
        Length = trace.LengthBytes,
        Use = trace.Kind switch
        {
            ElfTraceKind.RunPath => TraceUse.RunPath,
            ElfTraceKind.Interpreter => TraceUse.Interpreter,
            ElfTraceKind.DynamicString => TraceUse.DynamicString,
            ElfTraceKind.CString => TraceUse.CString,
            ElfTraceKind.Debug => TraceUse.Debug,
            ElfTraceKind.Comment => TraceUse.Comment,
            ElfTraceKind.SymbolName => TraceUse.SymbolName,
            ElfTraceKind.Object => TraceUse.Object,
            ElfTraceKind.Piece => TraceUse.Piece,
            _ => TraceUse.Data,
        },
        Dead = !trace.IsLive,
        Nul = trace.EndsWithNul,
        Change = ChangeOf(trace),
        Why = trace.Reason ?? (trace.IsLive && !trace.EndsWithNul ? "no NUL ends it" : null),
    };

    /// <summary>A run path that shares its place with another string gets a new one, however long it is.</summary>
    private static TraceChange ChangeOf(ElfTrace trace) => trace switch
    {
        { IsLive: true, CanGrow: true } => TraceChange.Grow,
        { Reason: not null } or { IsLive: true, EndsWithNul: false } => TraceChange.None,
        _ => TraceChange.Pad,
    };

    private MappedFile? ReadPython(FoundPaths found)
    {
        const int MaxParsedBytes = 32 * 1024 * 1024;
        IReadOnlyList<PythonConstant>? constants = null;
        byte[] bytes = SizeBytes <= MaxParsedBytes ? new byte[(int)SizeBytes] : [];
        if (bytes.Length > 0 && FileBytes.Read(File, 0, bytes) == bytes.Length)
            constants = PythonConstants.TryFind(bytes);

        if (constants is null)
            return Make(FileForm.CompiledPython, found.Whole.Select(path => path.ToData(TraceUse.Data, TraceChange.None, "it is no compiled Python of a known version")));
        return Make(FileForm.CompiledPython, Search.Folders.Select(folder => ReadConstant(bytes, constants, folder)).OfType<MappedTrace>());
    }

    /// <summary>A place in compiled Python. What stands around a constant is no text, so that it is looked at alone.</summary>
    private MappedTrace? ReadConstant(byte[] bytes, IReadOnlyList<PythonConstant> constants, FoundFolder folder)
    {
        PythonConstant holder = constants.FirstOrDefault(constant => folder.Offset >= constant.Text && folder.Offset < constant.End);
        if (holder == default || folder.Width > 1)
            return Blocked(TraceUse.Data, folder.Offset, ReleasePath.FolderBytes, "it is in no constant of the compiled Python");
        if (!Release.TryMatch(bytes.AsSpan(holder.Text, holder.End - holder.Text), (int)folder.Offset - holder.Text, out PathMatch match))
            return null;
        ReadOnlySpan<byte> path = bytes.AsSpan(holder.Text + match.Start, match.End - match.Start);
        return new MappedTrace
        {
            At = holder.Text + match.Start,
            Length = path.Length,
            Use = TraceUse.Constant,
            Change = TraceChange.Replace,
            As = path.SequenceEqual(Release.Prefix) ? null : PathText.Encode(path),
            Constant = holder.Start,
            Head = Convert.ToHexStringLower(bytes.AsSpan(holder.Start, holder.Text - holder.Start)),
        };
    }

    private MappedTrace ReadData(FoundPath path)
    {
        bool endsWithNul = path.Encoding is null && FileBytes.EndsWithNul(File, path.End);
        return path.ToData(
            TraceUse.Data, endsWithNul ? TraceChange.Pad : TraceChange.None, endsWithNul ? null : path.Encoding is null ? "no NUL ends it" : "it is a text of wide characters") with
        {
            Nul = endsWithNul,
        };
    }

    private IEnumerable<MappedTrace> ReadPieces(FoundPaths found) =>
        PiecesOutside(found).Select(piece => Blocked(TraceUse.Piece, piece, ContentSearch.PieceBytes, "a piece of the path stands apart from the rest"));
}

/// <summary>Texts that say how long their parts are: these must stay so long.</summary>
internal static class CountedText
{
    /// <summary>Whether a text begins as the frozen state of m4 does, or as compiled Emacs Lisp.</summary>
    public static bool Is(ReadOnlySpan<byte> head) => head.StartsWith("# This is a frozen state file generated by"u8) || head.StartsWith(";ELC"u8);
}

/// <summary>Files that keep checksums of their content, or lengths elsewhere: a change of a text in them may damage them.</summary>
internal static class Database
{
    /// <summary>What a file is that begins so; null when it is no known database.</summary>
    public static string? FindName(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("SQLite format 3\0"u8))
            return "SQLite database";
        if (head.Length >= 16 && (head[12..16].SequenceEqual("\x62\x31\x05\0"u8) || head[12..16].SequenceEqual("\x61\x15\x06\0"u8) || head[12..16].SequenceEqual("\0\x05\x31\x62"u8) || head[12..16].SequenceEqual("\0\x06\x15\x61"u8)))
            return "Berkeley database";
        if (head.Length >= 4 && head[..4] is [0xcd or 0xce or 0xcf, 0x9a, 0x57, 0x13] or [0x13, 0x57, 0x9a, 0xcd or 0xce or 0xcf])
            return "GDBM database";
        return head.Length >= 20 && head[16..20] is [0xde, 0xc0, 0xef, 0xbe] ? "LMDB database" : null;
    }
}
