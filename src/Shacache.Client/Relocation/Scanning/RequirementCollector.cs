using System.Text;
using Shacache.Client.Elf;
using Shacache.Client.Elf.Format;
using Shacache.Client.Elf.Loading;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Scanning;

/// <summary>Collects what the files of a release need that the release does not have.</summary>
/// <param name="release">The path of the release.</param>
internal sealed class RequirementCollector(ReleasePath release)
{
    private const int MaxOutside = 1000;

    private readonly Dictionary<RequiredMachineKey, Programs> _machines = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _interpreters = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _outside = new(StringComparer.Ordinal);

    /// <summary>Files that are libraries or programs of another machine than most.</summary>
    public int ForeignPrograms => _machines.Values.Sum(programs => programs.Count) - (Main?.Count ?? 0);

    private Programs? Main => _machines.Values.MaxBy(programs => programs.Count);

    /// <summary>A file or link of the release, by its name alone: a library that is needed may be found under it.</summary>
    public void AddName(ReadOnlySpan<byte> path) => _names.Add(Encoding.Latin1.GetString(path[(path.LastIndexOf((byte)'/') + 1)..]));

    /// <summary>A program, library or object.</summary>
    /// <param name="elf">What it says.</param>
    /// <param name="path">Its path below the release's folder.</param>
    public void Add(ElfFile elf, byte[] path)
    {
        if (elf.IsDebugOnly || elf.Type is not (ElfType.Executable or ElfType.Shared))
            return;
        string file = PathText.Encode(path);
        var key = new RequiredMachineKey(elf.Machine, elf.Class, elf.ByteOrder, elf.Flags);
        if (!_machines.TryGetValue(key, out Programs? programs))
            _machines.Add(key, programs = new Programs(elf, new RequiredMachine(MachineName.Of(elf.Machine), elf.Class, elf.ByteOrder == ElfByteOrder.LittleEndian ? "little" : "big", elf.Flags, file)));
        programs.Add(elf, file);
        if (elf.Soname is { } soname)
            _names.Add(soname);
        if (elf.Interpreter is { } interpreter)
            AddInterpreter(Encoding.Latin1.GetBytes(interpreter), file);
        foreach (string folder in elf.RunPath?.Split(':') ?? [])
            AddNeighbour(Encoding.Latin1.GetBytes(folder), file);
    }

    /// <summary>A script that can be run.</summary>
    /// <param name="program">What its first line names.</param>
    /// <param name="path">Its path below the release's folder.</param>
    public void AddScript(ReadOnlySpan<byte> program, byte[] path)
    {
        if (program.Length > 0 && program[0] == '/')
            AddInterpreter(program, PathText.Encode(path));
    }

    /// <summary>A path that may lead to the root or to a neighbour of the release.</summary>
    /// <param name="text">It begins with the path.</param>
    /// <param name="file">The file that names it.</param>
    public void AddNeighbour(ReadOnlySpan<byte> text, string file)
    {
        if (release.Root.Length == 0 || !text.StartsWith(release.Root) || _outside.Count >= MaxOutside)
            return;
        ReadOnlySpan<byte> rest = text[release.Root.Length..];
        if (rest.Length > ReleasePath.FolderBytes && rest[0] == '/' && ReleasePath.IsFolderName(rest.Slice(1, ReleasePath.FolderBytes)) &&
            ReleasePath.EndsAt(rest, 1 + ReleasePath.FolderBytes) && !rest.Slice(1, ReleasePath.FolderBytes).SequenceEqual(release.Folder))
        {
            _outside.TryAdd(PathText.Encode(text[..(release.Root.Length + 1 + ReleasePath.FolderBytes)]), file);
        }
        else if (ReleasePath.EndsAt(rest, 0) && (rest.IsEmpty || rest[0] != '/'))
        {
            _outside.TryAdd(PathText.Encode(release.Root), file);
        }
    }

    /// <summary>What is needed of a machine. What the building machine does not have either is not needed: an optional plugin, an example.</summary>
    /// <param name="longestRoot">The longest root that the release can be moved to, in bytes; null for any.</param>
    /// <param name="builder">The building machine; it decides only when it has the C library of the release's programs.</param>
    public ReleaseRequirements Complete(int? longestRoot, MachineLibraries builder)
    {
        Programs? main = Main;
        KeyValuePair<string, string>[] libraries = [.. main?.Needed.Where(needed => !needed.Key.Contains('/') && !_names.Contains(needed.Key)) ?? []];
        HashSet<string> outside = [.. libraries.Select(library => library.Key)];
        string? libc = FindLibc(outside);
        if (main is not null && libraries.Any(library => library.Key.StartsWith("libc.", StringComparison.Ordinal) && builder.Find(library.Key, main.First) is not null))
            outside.RemoveWhere(name => builder.Find(name, main.First) is null);
        return new ReleaseRequirements
        {
            Machines = main is null ? [] : [main.Machine],
            Libc = libc,
            Level = main?.Level ?? 0,
            LevelFile = main?.LevelFile,
            Libraries = [.. libraries.Where(library => outside.Contains(library.Key)).Select(library => new RequiredItem(library.Key, library.Value))],
            Versions = [.. main?.Versions.Where(version => outside.Contains(version.Key.Library)).Select(version => new RequiredVersion(version.Key.Library, version.Key.Version, version.Value.File, version.Value.IsWeak)) ?? []],
            Interpreters = [.. _interpreters.Where(interpreter => builder.Exists(Encoding.UTF8.GetString(PathText.Decode(interpreter.Key)))).Select(interpreter => new RequiredItem(interpreter.Key, interpreter.Value))],
            Outside = [.. _outside.Select(path => new RequiredItem(path.Key, path.Value))],
            LongestRoot = longestRoot,
        };
    }

    private void AddInterpreter(ReadOnlySpan<byte> program, string file)
    {
        bool isInside = program.StartsWith(release.Prefix) && ReleasePath.EndsAt(program, release.Prefix.Length);
        if (!isInside)
            _interpreters.TryAdd(PathText.Encode(program), file);
    }

    private string? FindLibc(HashSet<string> libraries)
    {
        if (libraries.Contains("libc.so.6") || _interpreters.Keys.Any(path => path.Contains("/ld-linux", StringComparison.Ordinal)))
            return "glibc";
        return libraries.Any(name => name.StartsWith("libc.musl-", StringComparison.Ordinal)) || _interpreters.Keys.Any(path => path.Contains("/ld-musl-", StringComparison.Ordinal)) ? "musl" : null;
    }

    private readonly record struct RequiredMachineKey(ElfMachine Machine, int Class, ElfByteOrder Order, uint Flags);

    /// <summary>The programs and libraries for one kind of machine.</summary>
    private sealed class Programs(ElfFile first, RequiredMachine machine)
    {
        public ElfFile First { get; } = first;

        public RequiredMachine Machine { get; } = machine;

        public int Count { get; private set; }

        public int Level { get; private set; }

        public string? LevelFile { get; private set; }

        public SortedDictionary<string, string> Needed { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<(string Library, string Version), (string File, bool IsWeak)> Versions { get; } = [];

        public void Add(ElfFile elf, string file)
        {
            Count++;
            if (elf.IsaLevel > Level)
                (Level, LevelFile) = (elf.IsaLevel, file);
            foreach (string needed in elf.Needed)
                Needed.TryAdd(needed, file);
            foreach (ElfVersionNeed need in elf.VersionNeeds)
            {
                // One file that cannot do without it is enough.
                if (!Versions.TryGetValue((need.Library, need.Version), out (string File, bool IsWeak) known) || (known.IsWeak && !need.IsWeak))
                    Versions[(need.Library, need.Version)] = (file, need.IsWeak);
            }
        }
    }
}
