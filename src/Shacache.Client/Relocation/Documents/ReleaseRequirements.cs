using System.Text.Json.Serialization;

namespace Shacache.Client.Relocation.Documents;

/// <summary>What a release needs of the machine it is installed on (docs/relocation.md, "The requirements").</summary>
internal sealed record ReleaseRequirements
{
    /// <summary>The version that is written, and the newest that is read.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Version of the form.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The processors and their conventions: one, unless the release holds programs of several; none when it has no program.</summary>
    public IReadOnlyList<RequiredMachine> Machines { get; init; } = [];

    /// <summary>The C library, <c>glibc</c> or <c>musl</c>; null when nothing needs one, or that cannot be told.</summary>
    public string? Libc { get; init; }

    /// <summary>The level of the x86-64 processor (1 to 4) that a file says it needs; 0 when none does.</summary>
    public int Level { get; init; }

    /// <summary>A file that needs that level.</summary>
    public string? LevelFile { get; init; }

    /// <summary>Libraries that the release does not have itself.</summary>
    public IReadOnlyList<RequiredItem> Libraries { get; init; } = [];

    /// <summary>Versions of symbols that those libraries must have.</summary>
    public IReadOnlyList<RequiredVersion> Versions { get; init; } = [];

    /// <summary>Programs outside of the release that run its files: loaders and interpreters of scripts.</summary>
    public IReadOnlyList<RequiredItem> Interpreters { get; init; } = [];

    /// <summary>Other paths below the root that are not the release's own: those of its neighbours.</summary>
    public IReadOnlyList<RequiredItem> Outside { get; init; } = [];

    /// <summary>What files found in the release itself where it was published.</summary>
    public IReadOnlyList<FileNeeds> Inside { get; init; } = [];

    /// <summary>What files did not find there either.</summary>
    public IReadOnlyList<FileNeeds> Missing { get; init; } = [];

    /// <summary>The longest root, in bytes, that the release can be moved to; null when nothing limits it but the system, 0 when it cannot be moved.</summary>
    public int? LongestRoot { get; init; }
}

/// <summary>A processor with the conventions of its programs.</summary>
/// <param name="Machine">Its name, as in <c>e_machine</c> of the ELF header, such as <c>x86_64</c>.</param>
/// <param name="Bits">32 or 64.</param>
/// <param name="Order">Which byte comes first: <c>little</c> or <c>big</c>.</param>
/// <param name="Flags">The processor's part of the ELF header, such as the floating point convention of ARM.</param>
/// <param name="File">A file of that kind.</param>
internal sealed record RequiredMachine(
    string Machine, int Bits, string Order, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] uint Flags, string File);

/// <summary>Something that must be there.</summary>
/// <param name="Name">The soname of a library, or a path.</param>
/// <param name="File">A file that needs it.</param>
internal sealed record RequiredItem(string Name, string File);

/// <summary>What a file needs.</summary>
/// <param name="File">The file.</param>
/// <param name="Names">Sonames of libraries, <c>VERSION of SONAME</c>, <c>loader</c> and <c>interpreter</c>.</param>
internal sealed record FileNeeds(string File, IReadOnlyList<string> Names);

/// <summary>A version of a library's symbols.</summary>
/// <param name="Library">The soname.</param>
/// <param name="Version">The version, such as <c>GLIBC_2.34</c>.</param>
/// <param name="File">A file that needs it.</param>
/// <param name="Weak">Whether the file is loaded without it.</param>
internal sealed record RequiredVersion(string Library, string Version, string File, bool Weak = false);
