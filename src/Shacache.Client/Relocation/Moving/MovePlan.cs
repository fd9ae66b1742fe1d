using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Shacache.Client.Elf;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Moving;

/// <summary>What is done with each file of a release so that it works under another root; made of the map alone, before anything is downloaded.</summary>
internal sealed class MovePlan
{
    private const int MaxPathBytes = 4095;

    private readonly List<string> _refusals = [];
    private readonly Dictionary<string, FilePlan> _files = new(StringComparer.Ordinal);
    private readonly string _oldPath;

    /// <summary>Makes it.</summary>
    /// <param name="map">The map of the release.</param>
    /// <param name="folder">Name of the release's folder, which stays.</param>
    /// <param name="newRoot">The root that it is moved to.</param>
    /// <exception cref="FormatException">The map is of another release, or contradicts itself.</exception>
    public MovePlan(RelocationMap map, string folder, string newRoot)
    {
        if (map.Folder != folder)
            throw new FormatException($"The relocation map is that of another release, '{map.Folder}'.");
        _oldPath = $"{map.Root}/{map.Folder}";
        NewPath = Encoding.UTF8.GetBytes($"{newRoot.TrimEnd('/')}/{folder}");
        HashSet<string> changing = [.. map.Files.Where(file => file.Form != FileForm.CompiledPython && file.Traces.Any(trace => !trace.Dead)).Select(file => file.Path)];
        foreach (MappedFile file in map.Files)
        {
            byte[] path = PathText.Decode(file.Path);
            if (NewPath.Length + 1 + path.Length > MaxPathBytes)
                _refusals.Add($"{file.Path}: its path would be longer than {MaxPathBytes} bytes");
            bool isStale = file.Form == FileForm.CompiledPython && file.Source is { } source && changing.Contains(source);
            if (!_files.TryAdd(Encoding.Latin1.GetString(path), isStale ? FilePlan.Removal : Plan(file)))
                throw new FormatException($"The relocation map has '{file.Path}' twice.");
        }
    }

    /// <summary>The new path of the release.</summary>
    public byte[] NewPath { get; }

    /// <summary>Why the release cannot be moved there, a line for each file; none when it can.</summary>
    public IReadOnlyList<string> Refusals => _refusals;

    /// <summary>The files that change, by the Latin-1 text of their paths.</summary>
    public IReadOnlyDictionary<string, FilePlan> Files => _files;

    private FilePlan Plan(MappedFile file)
    {
        var edits = new List<ContentEdit>();
        bool grows = false;
        foreach (MappedTrace trace in file.Traces)
        {
            if (!ContentEdit.Fits(trace, NewPath))
            {
                grows |= !trace.Dead && trace.Change == TraceChange.Grow;
                if (!trace.Dead && trace.Change != TraceChange.Grow)
                    _refusals.Add($"{file.Path}: {Describe(trace)}");
            }
            else if (trace.Use == TraceUse.RunPath && NewPath.Contains((byte)':'))
            {
                _refusals.Add($"{file.Path}: a colon in the root would divide its run path");
            }
            else
            {
                edits.Add(new ContentEdit(trace.At, ContentEdit.OldBytes(trace, _oldPath), ContentEdit.NewBytes(trace, NewPath)));
            }
        }

        if (grows && NewPath.Contains((byte)':') && file.Traces.Any(trace => trace.Use == TraceUse.RunPath))
            _refusals.Add($"{file.Path}: a colon in the root would divide its run path");
        if (file.Form == FileForm.CompiledPython)
            AddHeads(file, edits);
        if (file.Form is FileForm.Text or FileForm.Checksums)
            PlanFirstLine(file, edits);
        edits.Sort((one, other) => one.At.CompareTo(other.At));
        for (int i = 0; i < edits.Count; i++)
        {
            if (edits[i].At < (i == 0 ? 0 : edits[i - 1].At + edits[i - 1].Old.Length) || (file.Form != FileForm.Link && edits[i].At + edits[i].Old.Length > file.Size))
                throw new FormatException($"The relocation map contradicts itself about '{file.Path}'.");
        }

        return grows ? new FilePlan(file, [], [.. file.Traces.Select(ToElf)]) : new FilePlan(file, edits, null);
    }

    /// <summary>The length of a constant of compiled Python stands before it.</summary>
    private void AddHeads(MappedFile file, List<ContentEdit> edits)
    {
        bool isAscii = Ascii.IsValid(NewPath);
        foreach (IGrouping<long, MappedTrace> constant in file.Traces.Where(trace => trace.Constant is not null).GroupBy(trace => trace.Constant!.Value))
        {
            byte[] head = Convert.FromHexString(constant.First().Head ?? "");
            long added = edits.Where(edit => constant.Any(trace => trace.At == edit.At)).Sum(edit => edit.New.Length - edit.Old.Length);
            byte[] changed = PythonHead.Change(head, (int)added, isAscii);
            if (!changed.AsSpan().SequenceEqual(head))
                edits.Add(new ContentEdit(constant.Key, head, changed));
        }
    }

    private void PlanFirstLine(MappedFile file, List<ContentEdit> edits)
    {
        if (file.Traces.FirstOrDefault(trace => trace.Use == TraceUse.Shebang) is not { Line: { } text } trace)
            return;
        byte[] line = PathText.Decode(text);
        ContentEdit[] within = [.. edits.Where(edit => edit.At < line.Length).OrderBy(edit => edit.At)];
        var moved = new List<byte>();
        int at = 0;
        foreach (ContentEdit edit in within)
        {
            if (edit.At < at || edit.At + edit.Old.Length > line.Length)
                throw new FormatException($"The relocation map contradicts itself about '{file.Path}'.");
            moved.AddRange([.. line.AsSpan(at, (int)edit.At - at), .. edit.New]);
            at = (int)edit.At + edit.Old.Length;
        }

        moved.AddRange(line.AsSpan(at));
        byte[]? found = InterpreterLine.Find(trace, [.. moved], NewPath, out string? problem);
        if (found is null)
            _refusals.Add($"{file.Path}: {problem}");
        edits.RemoveAll(edit => within.Contains(edit));
        edits.Add(new ContentEdit(0, line, found ?? [.. moved]));
    }

    private string Describe(MappedTrace trace) => trace.Change == TraceChange.None
        ? $"{trace.Why ?? "it cannot be changed"} (byte {trace.At})"
        : string.Create(CultureInfo.InvariantCulture, $"the path at byte {trace.At} has room for {trace.Length} bytes, the new one has {NewPath.Length}");

    private static ElfTrace ToElf(MappedTrace trace) => new(
        trace.At, trace.Length,
        trace.Use switch
        {
            TraceUse.RunPath => ElfTraceKind.RunPath,
            TraceUse.Interpreter => ElfTraceKind.Interpreter,
            TraceUse.DynamicString => ElfTraceKind.DynamicString,
            TraceUse.CString => ElfTraceKind.CString,
            TraceUse.Debug => ElfTraceKind.Debug,
            TraceUse.Comment => ElfTraceKind.Comment,
            TraceUse.SymbolName => ElfTraceKind.SymbolName,
            TraceUse.Object => ElfTraceKind.Object,
            TraceUse.Piece => ElfTraceKind.Piece,
            _ => ElfTraceKind.Other,
        },
        !trace.Dead, trace.Nul, trace.Change == TraceChange.Grow, trace.Change is TraceChange.None or TraceChange.Grow ? trace.Why ?? (trace.Change == TraceChange.None ? "it cannot be changed" : null) : null);
}

/// <summary>What is done with a file.</summary>
/// <param name="File">The file; null for one that is left out.</param>
/// <param name="Edits">What changes, ascending.</param>
/// <param name="Growth">The places of an ELF file that gets a longer path than it has room for; null for others.</param>
internal sealed record FilePlan(MappedFile? File, IReadOnlyList<ContentEdit> Edits, IReadOnlyList<ElfTrace>? Growth)
{
    /// <summary>Compiled Python whose source changes: Python makes it again.</summary>
    public static FilePlan Removal { get; } = new(null, [], null);
}

/// <summary>Type and length of a text in compiled Python.</summary>
internal static class PythonHead
{
    private const byte ReferenceFlag = 0x80;

    /// <summary>The same for another text.</summary>
    /// <param name="head">Two bytes, type and length, or five.</param>
    /// <param name="added">By how much the text grows.</param>
    /// <param name="isAscii">Whether what is put in is ASCII.</param>
    /// <exception cref="FormatException">It is no such head, or not of so long a text.</exception>
    public static byte[] Change(byte[] head, int added, bool isAscii)
    {
        long length = added + head.Length switch
        {
            2 => head[1],
            5 => BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(1)),
            _ => throw new FormatException("The relocation map has a constant of compiled Python without its head."),
        };
        if (length is < 0 or > int.MaxValue)
            throw new FormatException("The relocation map has a constant of compiled Python of an impossible length.");
        char kind = (char)(head[0] & ~ReferenceFlag);
        // ASCII has types of its own; a short text that grows beyond 255 bytes becomes a long one. What is interned stays so.
        char changed = (kind, isAscii, length <= byte.MaxValue) switch
        {
            ('z' or 'a', false, _) => 'u',
            ('Z' or 'A', false, _) => 't',
            ('z', _, false) => 'a',
            ('Z', _, false) => 'A',
            _ => kind,
        };
        byte type = (byte)((head[0] & ReferenceFlag) | changed);
        if (changed is 'z' or 'Z')
            return [type, (byte)length];
        byte[] longer = new byte[5];
        longer[0] = type;
        BinaryPrimitives.WriteInt32LittleEndian(longer.AsSpan(1), (int)length);
        return longer;
    }
}
