using System.Text;
using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf.Loading;

/// <summary>The libraries that a machine offers to programs, found as its loader finds them, and read when they are asked for.</summary>
/// <remarks>No program is run: the versions are those that the files define. One thread at a time.</remarks>
internal sealed class MachineLibraries
{
    /// <summary>Names that musl's loader answers by itself (<c>load_library</c>).</summary>
    private static readonly string[] MuslNames = ["libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet."];

    private readonly string _root;
    private readonly Lazy<LdSoCache> _cache;
    private readonly Dictionary<string, ElfFile?> _files = [];
    private readonly Dictionary<(string, ElfMachine, int, string), MachineLibrary?> _found = [];
    private readonly Lazy<string?> _muslLoader;
    private readonly Lazy<MachineLibrary?> _glibc;

    /// <summary>The libraries below a folder that is the root of a machine.</summary>
    /// <param name="root">Usually <c>/</c>.</param>
    /// <param name="isaLevel">The x86-64 level of its processor; 0 on other processors.</param>
    public MachineLibraries(string root, int isaLevel)
    {
        _root = root.TrimEnd('/');
        IsaLevel = isaLevel;
        _cache = new Lazy<LdSoCache>(() => LdSoCache.Read($"{_root}/etc/ld.so.cache"));
        _muslLoader = new Lazy<string?>(FindMuslLoader);
        _glibc = new Lazy<MachineLibrary?>(FindGlibc);
    }

    /// <summary>The x86-64 level of the processor, 1 to 4; 0 on other processors.</summary>
    public int IsaLevel { get; }

    /// <summary>Which C library the machine's own programs use.</summary>
    public LibcKind Libc => _glibc.Value is not null ? LibcKind.Glibc : _muslLoader.Value is not null ? LibcKind.Musl : LibcKind.Unknown;

    /// <summary>The highest version that glibc defines, such as <c>2.36</c>; null for other C libraries, which define none.</summary>
    public string? LibcVersion
    {
        get
        {
            const string Prefix = "GLIBC_";
            return _glibc.Value?.File.ProvidedVersions.Where(version => version.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(version => Version.TryParse(version[Prefix.Length..], out Version? parsed) ? parsed : null).Max()?.ToString();
        }
    }

    /// <summary>The machine that this runs on.</summary>
    public static MachineLibraries OfThisMachine() => new("/", ProcessorLevel.OfThisMachine);

    /// <summary>Whether a file is there that may be executed, such as the interpreter of a program or a script.</summary>
    /// <param name="path">An absolute path; links are followed.</param>
    public bool Exists(string path)
    {
        if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal) || !File.Exists(NameOf(path)))
            return false;
        const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return OperatingSystem.IsWindows() || (File.GetUnixFileMode(NameOf(path)) & Executable) != UnixFileMode.None;
    }

    /// <summary>The library that the loader takes for a soname after all run paths: from its cache, then from its default folders.</summary>
    /// <param name="soname">The name.</param>
    /// <param name="neededBy">The file that needs it: a library of another machine is passed over.</param>
    /// <returns>Null when there is none.</returns>
    public MachineLibrary? Find(string soname, ElfFile neededBy)
    {
        if (neededBy.HasNoDefaultFolders)
            return null;
        // Two floating point conventions of ARM have different folders.
        (string, ElfMachine, int, string) key = (soname, neededBy.Machine, neededBy.Class, MachineNames.Multiarch(neededBy));
        if (!_found.TryGetValue(key, out MachineLibrary? found))
            _found.Add(key, found = Candidates(soname, neededBy).Select(path => FindAt(path, neededBy)).FirstOrDefault(library => library is not null));
        return found;
    }

    /// <summary>The library at a path.</summary>
    /// <param name="path">An absolute path; links are followed.</param>
    /// <param name="neededBy">The file that needs it.</param>
    /// <returns>Null when there is none, or one of another machine.</returns>
    public MachineLibrary? FindAt(string path, ElfFile neededBy)
    {
        if (!_files.TryGetValue(path, out ElfFile? file))
            _files.Add(path, file = Read(path));
        return file is not null && file.IsDynamic && MachineNames.AreAlike(file, neededBy) ? new MachineLibrary(path, file) : null;
    }

    private IEnumerable<string> Candidates(string soname, ElfFile neededBy)
    {
        if (Libc == LibcKind.Musl)
        {
            if (MuslNames.Any(name => soname.StartsWith(name, StringComparison.Ordinal)))
                return [_muslLoader.Value!];
            return MuslFolders().Select(folder => $"{folder}/{soname}");
        }

        string multiarch = MachineNames.Multiarch(neededBy);
        string[] folders = [$"/lib/{multiarch}", $"/usr/lib/{multiarch}", .. neededBy.Class == 64 ? ["/lib64", "/usr/lib64"] : Array.Empty<string>(), "/lib", "/usr/lib"];
        return _cache.Value.Find(soname).Concat(folders.Select(folder => $"{folder}/{soname}"));
    }

    /// <summary>musl reads its folders from a file that is named after the loader, and has no cache.</summary>
    private string[] MuslFolders()
    {
        const int MaxCharacters = 4096;
        string name = Path.GetFileName(_muslLoader.Value!);
        string path = $"{_root}/etc/{name[..name.IndexOf('.', StringComparison.Ordinal)]}.path";
        if (!File.Exists(path))
            return ["/lib", "/usr/local/lib", "/usr/lib"];
        using StreamReader reader = File.OpenText(path);
        char[] text = new char[MaxCharacters];
        return new string(text, 0, reader.ReadBlock(text)).Split(['\n', ':'], StringSplitOptions.RemoveEmptyEntries);
    }

    private string? FindMuslLoader() =>
        Directory.Exists($"{_root}/lib")
            ? Directory.EnumerateFiles($"{_root}/lib", "ld-musl-*.so.1").Order(StringComparer.Ordinal).Select(path => path[_root.Length..]).FirstOrDefault()
            : null;

    /// <summary>The C library of the machine's own word size; that of another one may be beside it.</summary>
    private MachineLibrary? FindGlibc()
    {
        const string Name = "libc.so.6";
        IEnumerable<string> folders = Directory.Exists($"{_root}/usr/lib")
            ? Directory.EnumerateDirectories($"{_root}/usr/lib", "*-linux-gnu*").Order(StringComparer.Ordinal).Select(folder => folder[_root.Length..])
            : [];
        MachineLibrary? best = null;
        foreach (string path in _cache.Value.Find(Name).Concat(folders.Concat(["/usr/lib64", "/lib64", "/usr/lib", "/lib"]).Select(folder => $"{folder}/{Name}")))
        {
            if (Read(path) is { IsDynamic: true } file && (best is null || file.Class > best.Value.File.Class))
                best = new MachineLibrary(path, file);
        }

        return best;
    }

    /// <summary>Paths in ELF files are bytes, one character each; names of files are UTF-8 here.</summary>
    private string NameOf(string path) => _root + Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(path));

    private ElfFile? Read(string path)
    {
        try
        {
            using var handle = File.OpenHandle(NameOf(path));
            return ElfFile.Read(handle, RandomAccess.GetLength(handle));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ElfFormatException or NotSupportedException or ArgumentException)
        {
            // What cannot be read, or is no library, is passed over by the loader as well. NotSupportedException: a folder or a device.
            return null;
        }
    }
}

/// <summary>A library of a machine.</summary>
/// <param name="Path">Where it was found.</param>
/// <param name="File">What it is.</param>
internal readonly record struct MachineLibrary(string Path, ElfFile File);

/// <summary>The C libraries, which do not run each other's programs.</summary>
internal enum LibcKind
{
    /// <summary>None that is known.</summary>
    Unknown,

    /// <summary>The GNU C library.</summary>
    Glibc,

    /// <summary>musl.</summary>
    Musl,
}
