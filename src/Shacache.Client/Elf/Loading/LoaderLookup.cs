using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf.Loading;

/// <summary>Finds the libraries that the files of a release need where the loader finds them (ld.so(8), "DESCRIPTION").</summary>
/// <remarks>
/// In this order: the run path of the file; the run paths of those that load it, where it inherits them, or what they have loaded under the
/// same name before; the loader's cache; its default folders. LD_LIBRARY_PATH is not looked at. A library is looked for as often as a file
/// needs it: that is the measure, since programs of other releases may load it too.
/// </remarks>
internal sealed class LoaderLookup
{
    /// <summary>Libraries that load each other through so many others are none.</summary>
    private const int MaxRounds = 32;

    private readonly IElfTree _tree;
    private readonly MachineLibraries _machine;
    private readonly (string Path, ElfFile File)[] _files;
    private readonly Dictionary<ElfFile, List<int>> _indexes = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<int>[] _loaders;
    private readonly Dictionary<int, Ancestry> _ancestries = [];
    private readonly Dictionary<(string Place, ElfMachine Machine, int Class), Found?> _places = [];

    private LoaderLookup(IElfTree tree, MachineLibraries machine)
    {
        _tree = tree;
        _machine = machine;
        _files = [.. tree.Files.Where(file => file.Value.IsDynamic).OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => ($"{tree.Root}/{file.Key}", file.Value))];
        _loaders = [.. _files.Select(_ => new HashSet<int>())];
        for (int i = 0; i < _files.Length; i++)
        {
            if (!_indexes.TryGetValue(_files[i].File, out List<int>? indexes))
                _indexes.Add(_files[i].File, indexes = []);
            indexes.Add(i);
        }
    }

    /// <summary>One finding for each library that a dynamic file of the release names as needed, by file in the order of their names.</summary>
    /// <param name="tree">The release.</param>
    /// <param name="machine">The machine on which it is to run.</param>
    public static IReadOnlyList<LibraryFinding> Resolve(IElfTree tree, MachineLibraries machine)
    {
        var lookup = new LoaderLookup(tree, machine);
        lookup.FindLoaders();
        lookup._ancestries.Clear();
        return [.. from index in Enumerable.Range(0, lookup._files.Length) from soname in lookup._files[index].File.Needed.Distinct() select lookup.Report(index, soname)];
    }

    /// <summary>Who loads whom; what is found through the run path of one of them may load further ones.</summary>
    private void FindLoaders()
    {
        bool hasChanged = true;
        for (int round = 0; hasChanged && round < MaxRounds; round++)
        {
            hasChanged = false;
            _ancestries.Clear();
            for (int i = 0; i < _files.Length; i++)
            {
                foreach (string soname in _files[i].File.Needed)
                {
                    if (FindByRunPaths(i, soname) is not { IsInside: true } found || !_indexes.TryGetValue(found.File, out List<int>? indexes))
                        continue;
                    foreach (int index in indexes.Where(index => index != i))
                        hasChanged |= _loaders[index].Add(i);
                }
            }
        }
    }

    private LibraryFinding Report(int index, string soname)
    {
        ElfFile file = _files[index].File;
        string name = _files[index].Path[(_tree.Root.Length + 1)..];
        Found? found = FindByRunPaths(index, soname);
        if (found is null && !soname.Contains('/', StringComparison.Ordinal) && _machine.Find(soname, file) is { } library)
            found = new Found(library.Path, library.File, false);
        if (found is not { } known)
            return new LibraryFinding(name, soname, LibraryPlace.Missing, null, []);
        // A library without any version is taken with a warning.
        string[] missing = known.File.ProvidedVersions.Count == 0
            ? []
            : [.. file.VersionNeeds.Where(need => need.Library == soname && !need.IsWeak).Select(need => need.Version).Except(known.File.ProvidedVersions)];
        return new LibraryFinding(name, soname, known.IsInside ? LibraryPlace.Inside : LibraryPlace.Outside, known.Path, missing);
    }

    private Found? FindByRunPaths(int index, string soname)
    {
        (string path, ElfFile file) = _files[index];
        if (soname.Contains('/', StringComparison.Ordinal))
            return RunPath.Expand(soname, file, path).Select(place => FindAt(place, file)).FirstOrDefault(found => found is not null);
        if (FindIn(RunPath.Folders(file, path), soname, file) is { } own)
            return own;
        Ancestry ancestry = FindAncestry(index);
        if (FindIn(ancestry.InheritedFolders, soname, file) is { } inherited)
            return inherited;
        // What a loader needs itself was loaded before, and is taken by its name.
        return ancestry.Loaders.Where(loader => _files[loader].File.Needed.Contains(soname))
            .Select(loader => FindIn(RunPath.Folders(_files[loader].File, _files[loader].Path), soname, file)).FirstOrDefault(found => found is not null);
    }

    /// <summary>Everybody who loads a file, the nearest first, and the folders that it inherits from them.</summary>
    private Ancestry FindAncestry(int index)
    {
        if (_ancestries.TryGetValue(index, out Ancestry? known))
            return known;
        var seen = new HashSet<int> { index };
        var found = new List<int> { index };
        for (int i = 0; i < found.Count; i++)
            found.AddRange(_loaders[found[i]].Order().Where(seen.Add));
        found.RemoveAt(0);
        // musl's libraries inherit both kinds of run paths.
        bool isMusl = _machine.Libc == LibcKind.Musl;
        string[] folders = _files[index].File.IsRunPath && !isMusl
            ? []
            : [.. found.Where(loader => isMusl || !_files[loader].File.IsRunPath).SelectMany(loader => RunPath.Folders(_files[loader].File, _files[loader].Path)).Distinct()];
        var ancestry = new Ancestry(found, folders);
        _ancestries.Add(index, ancestry);
        return ancestry;
    }

    private Found? FindIn(IEnumerable<string> folders, string soname, ElfFile neededBy)
    {
        foreach (string folder in folders)
        {
            if (FindAt($"{folder}/{soname}", neededBy) is { } found)
                return found;
        }

        return null;
    }

    private Found? FindAt(string place, ElfFile neededBy)
    {
        (string, ElfMachine, int) key = (place, neededBy.Machine, neededBy.Class);
        if (!_places.TryGetValue(key, out Found? found))
            _places.Add(key, found = LookAt(place, neededBy));
        return found;
    }

    private Found? LookAt(string place, ElfFile neededBy)
    {
        if (!place.StartsWith('/'))
            return null;
        string path = Path.GetFullPath(place);
        if (!path.StartsWith($"{_tree.Root}/", StringComparison.Ordinal))
            return _machine.FindAt(path, neededBy) is { } library ? new Found(library.Path, library.File, false) : null;
        return _tree.Find(path) is { IsDynamic: true } file && MachineNames.AreAlike(file, neededBy) ? new Found(path, file, true) : null;
    }

    private sealed record Ancestry(List<int> Loaders, string[] InheritedFolders);

    private readonly record struct Found(string Path, ElfFile File, bool IsInside);
}

/// <summary>Where a library was found that a file needs.</summary>
/// <param name="File">The file, by its path below the root of the release.</param>
/// <param name="Soname">What it needs.</param>
/// <param name="Place">Where it was found.</param>
/// <param name="FoundPath">The path at which it was found; null when it is missing.</param>
/// <param name="MissingVersions">Symbol versions that the file needs and the library does not provide.</param>
internal sealed record LibraryFinding(string File, string Soname, LibraryPlace Place, string? FoundPath, IReadOnlyList<string> MissingVersions);

/// <summary>Where a library is.</summary>
internal enum LibraryPlace
{
    /// <summary>In the release.</summary>
    Inside,

    /// <summary>On the machine.</summary>
    Outside,

    /// <summary>Nowhere.</summary>
    Missing,
}
