using System.Text;
using Shacache.Client.Elf;
using Shacache.Client.Elf.Loading;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Trees;

/// <summary>Where the files of a release find what they need: libraries, loaders, interpreters of scripts.</summary>
internal static class TreeFindings
{
    /// <summary>What the loader of a program is called among the things that it needs.</summary>
    public const string Loader = "loader";

    /// <summary>What the program is called that runs a script.</summary>
    public const string Interpreter = "interpreter";

    /// <summary>All findings, in the order of the files.</summary>
    /// <param name="tree">The release.</param>
    /// <param name="machine">The machine that it runs on.</param>
    public static IReadOnlyList<TreeFinding> Find(ReleaseTree tree, MachineLibraries machine)
    {
        var findings = new List<TreeFinding>();
        foreach (LibraryFinding library in LoaderLookup.Resolve(tree, machine))
        {
            findings.Add(new TreeFinding(Encode(library.File), Encode(library.Soname), PlaceOf(library.Place), library.FoundPath));
            findings.AddRange(library.MissingVersions.Select(version => new TreeFinding(Encode(library.File), Encode($"{version} of {library.Soname}"), TreePlaces.Nowhere, null)));
        }

        foreach ((string file, ElfFile elf) in tree.Files)
        {
            if (elf is { Interpreter: { } loader, IsDebugOnly: false })
                findings.Add(Look(tree, machine, file, Loader, loader));
        }

        findings.AddRange(tree.Scripts.Where(script => script.Value.StartsWith('/')).Select(script => Look(tree, machine, script.Key, Interpreter, script.Value)));
        return findings;
    }

    /// <summary>What is found at a place, file by file.</summary>
    public static IReadOnlyList<FileNeeds> Group(IEnumerable<TreeFinding> findings, TreePlaces place) =>
        [.. findings.Where(finding => finding.Place == place).GroupBy(finding => finding.File).Select(file => new FileNeeds(file.Key, [.. file.Select(finding => finding.Name)]))];

    private static TreeFinding Look(ReleaseTree tree, MachineLibraries machine, string file, string name, string program)
    {
        TreePlaces place = tree.Follow(program) switch
        {
            { IsInside: true } => TreePlaces.Inside,
            { Path: var outside } when machine.Exists(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(outside))) => TreePlaces.Outside,
            _ => TreePlaces.Nowhere,
        };
        return new TreeFinding(Encode(file), name, place, Encode(program));
    }

    private static TreePlaces PlaceOf(LibraryPlace place) => place switch
    {
        LibraryPlace.Inside => TreePlaces.Inside,
        LibraryPlace.Outside => TreePlaces.Outside,
        _ => TreePlaces.Nowhere,
    };

    private static string Encode(string latin) => PathText.Encode(Encoding.Latin1.GetBytes(latin));
}

/// <summary>Where a file finds something.</summary>
/// <param name="File">The file, as <see cref="PathText"/>.</param>
/// <param name="Name">What it needs: a soname, a version of one, <see cref="TreeFindings.Loader"/> or <see cref="TreeFindings.Interpreter"/>.</param>
/// <param name="Place">Where it is.</param>
/// <param name="Path">Its path, or that at which it is looked for; null when there is none.</param>
internal sealed record TreeFinding(string File, string Name, TreePlaces Place, string? Path);

/// <summary>Where something is.</summary>
internal enum TreePlaces
{
    /// <summary>In the release.</summary>
    Inside,

    /// <summary>On the machine.</summary>
    Outside,

    /// <summary>Missing.</summary>
    Nowhere,
}
