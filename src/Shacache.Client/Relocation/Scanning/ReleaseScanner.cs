using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Elf;
using Shacache.Client.Elf.Format;
using Shacache.Client.Elf.Loading;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Trees;

namespace Shacache.Client.Relocation.Scanning;

/// <summary>Makes the relocation map and the requirements of a release while it is archived.</summary>
internal sealed class ReleaseScanner : ITreeObserver
{
    private const uint ExecutableBits = 0x49;
    private const int MaxTraces = 5_000_000;
    private const int MaxNotes = 1000;

    private readonly ReleasePath _release;
    private readonly string _root;
    private readonly ContentSearch _search;
    private readonly RequirementCollector _requirements;
    private readonly ReleaseTree _tree;
    private readonly List<MappedFile> _files = [];
    private readonly HashSet<string> _sources = new(StringComparer.Ordinal);
    private readonly List<ScanNote> _notes = [];
    private byte[] _path = [];
    private FileStatus _status;
    private int _traces;

    /// <summary>Prepares it.</summary>
    /// <param name="root">The software root as it is named, without a slash at its end.</param>
    /// <param name="folder">Name of the release's folder: an MD5.</param>
    public ReleaseScanner(string root, string folder)
    {
        _root = root;
        _release = new ReleasePath(root, folder);
        _search = new ContentSearch(_release);
        _requirements = new RequirementCollector(_release);
        _tree = new ReleaseTree(_release.Prefix);
    }

    /// <inheritdoc/>
    public void BeginFile(ReadOnlyMemory<byte> path, in FileStatus status)
    {
        _path = BelowTop(path.Span);
        _status = status;
        _search.Begin();
    }

    /// <inheritdoc/>
    public void AddContent(long offsetBytes, ReadOnlySpan<byte> content) => _search.Add(offsetBytes, content);

    /// <inheritdoc/>
    public void EndFile(SafeFileHandle file)
    {
        _requirements.AddName(_path);
        ReadOnlySpan<byte> path = _path;
        _tree.AddFile(path);
        if (path.EndsWith(".py"u8))
            _sources.Add(Encoding.Latin1.GetString(path));
        bool isExecutable = (_status.Permissions & ExecutableBits) != 0;
        if (ElfFile.IsElf(_search.Head))
            ReadElf(file);
        else if (isExecutable && Shebang.FindProgram(_search.Head) is { IsEmpty: false } program)
            AddScript(program);
        if (CompressedLook.FindOpaque(_search.Head) is { } compression)
            Note($"{compression} is not looked into");
        var look = new FileLook(_release, _path, file, _status.SizeBytes, _search);
        if (look.IsText)
            ReadNeighbours(file);
        MappedFile? mapped = look.Read();
        if (path.EndsWith(".dist-info/RECORD"u8))
            mapped = (mapped ?? new MappedFile { Path = PathText.Encode(path), Form = FileForm.Text, Size = _status.SizeBytes }) with { Form = FileForm.Checksums };
        if (mapped is null)
            return;
        _traces += mapped.Traces.Count;
        if (_traces > MaxTraces)
            mapped = mapped with { Traces = [FileLook.Blocked(TraceUse.Data, 0, 0, $"the release names its path in more than {MaxTraces} places")] };
        _files.Add(mapped);
    }

    /// <inheritdoc/>
    public void AddSymbolicLink(ReadOnlyMemory<byte> path, ReadOnlySpan<byte> target)
    {
        byte[] below = BelowTop(path.Span);
        _requirements.AddName(below);
        _tree.AddLink(below, target);
        int at = target.IndexOf(_release.Folder);
        if (at < 0 || !_release.TryMatch(target, at, out PathMatch match) || match.Room != 0)
        {
            _requirements.AddNeighbour(target, PathText.Encode(below));
            return;
        }

        var found = new FoundPath(0, match.Start, match.End, null, target[match.Start..match.End].SequenceEqual(_release.Prefix) ? null : PathText.Encode(target[match.Start..match.End]));
        _files.Add(new MappedFile { Path = PathText.Encode(below), Form = FileForm.Link, Traces = [found.ToText(TraceUse.Link)] });
    }

    /// <inheritdoc/>
    public void AddHardLink(ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> file)
    {
        byte[] below = BelowTop(path.Span);
        _requirements.AddName(below);
        _tree.AddName(below, BelowTop(file.Span));
    }

    /// <summary>What was found.</summary>
    public ScanResult Complete()
    {
        MappedFile[] files = [.. _files.Select(WithSource)];
        var map = new RelocationMap { Root = PathText.Encode(_release.Root), Folder = Encoding.ASCII.GetString(_release.Folder), Files = files };
        if (_requirements.ForeignPrograms > 0)
            _notes.Add(new ScanNote("", $"{_requirements.ForeignPrograms} programs are for another machine than the others"));
        var machine = MachineLibraries.OfThisMachine();
        IReadOnlyList<TreeFinding> findings = TreeFindings.Find(_tree, machine);
        ReleaseRequirements requirements = _requirements.Complete(RootLimit.Find(map), machine) with
        {
            Inside = TreeFindings.Group(findings, TreePlaces.Inside),
            Missing = TreeFindings.Group(findings, TreePlaces.Nowhere),
        };
        return new ScanResult(_root, map, requirements, _notes);
    }

    private static byte[] BelowTop(ReadOnlySpan<byte> path) => path[(path.IndexOf((byte)'/') + 1)..].ToArray();

    private void AddScript(ReadOnlySpan<byte> program)
    {
        _requirements.AddScript(program, _path);
        _tree.AddScript(_path, program);
    }

    private void ReadElf(SafeFileHandle file)
    {
        try
        {
            var elf = ElfFile.Read(file, _status.SizeBytes);
            _requirements.Add(elf, _path);
            _tree.AddProgram(_path, elf);
        }
        catch (ElfFormatException e)
        {
            Note($"the ELF file is damaged: {e.Message}");
        }
    }

    private void ReadNeighbours(SafeFileHandle file)
    {
        const int MaxLooks = 1000;
        const int BehindBytes = 256;
        byte[] text = new byte[BehindBytes + _release.Root.Length + 1 + ReleasePath.FolderBytes + 2];
        foreach (long offset in _search.Neighbours.Take(MaxLooks))
        {
            int behind = (int)Math.Min(BehindBytes, offset);
            int read = FileBytes.Read(file, offset - behind, text);
            if (read > behind && !ReleasePath.GoesOnFrom(text.AsSpan(0, read), behind))
                _requirements.AddNeighbour(text.AsSpan(behind, read - behind), PathText.Encode(_path));
        }
    }

    /// <summary>Compiled Python of which the source is there is nothing that could not be made again.</summary>
    private MappedFile WithSource(MappedFile file)
    {
        if (file.Form != FileForm.CompiledPython || FindSource(PathText.Decode(file.Path)) is not { } source || !_sources.Contains(source))
            return file;
        return file with
        {
            Source = PathText.Encode(Encoding.Latin1.GetBytes(source)),
            Traces = [.. file.Traces.Select(trace => trace with { Dead = true, Why = trace.Why ?? "its source is beside it" })],
        };
    }

    /// <summary>Where Python looks for the source (PEP 3147).</summary>
    private static string? FindSource(byte[] path)
    {
        string text = Encoding.Latin1.GetString(path);
        int slash = text.LastIndexOf('/');
        string folder = text[..(slash + 1)];
        string name = text[(slash + 1)..];
        const string Cache = "__pycache__/";
        if (!folder.EndsWith(Cache, StringComparison.Ordinal))
            return text[..^1];
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? $"{folder[..^Cache.Length]}{name[..dot]}.py" : null;
    }

    private void Note(string what)
    {
        if (_notes.Count < MaxNotes)
            _notes.Add(new ScanNote(PathText.Encode(_path), what));
    }
}

/// <summary>What was learned of a release.</summary>
/// <param name="Root">The root that it was looked at in.</param>
/// <param name="Map">Where its path stands.</param>
/// <param name="Requirements">What it needs.</param>
/// <param name="Notes">What could not be looked at.</param>
internal sealed record ScanResult(string Root, RelocationMap Map, ReleaseRequirements Requirements, IReadOnlyList<ScanNote> Notes);

/// <summary>Something to know about a file, that neither document says.</summary>
/// <param name="File">The file; empty for the release.</param>
/// <param name="What">A part of a sentence.</param>
internal sealed record ScanNote(string File, string What);
