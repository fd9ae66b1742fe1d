namespace Shacache.Benchmarks.Servers;

/// <summary>A build of the program that is measured.</summary>
/// <param name="Name">Heads its column.</param>
/// <param name="Path">The file.</param>
internal sealed record OurProgram(string Name, string Path)
{
    /// <summary>The name of the native program.</summary>
    public const string Native = "native";

    // This program lies in benchmarks/Shacache.Benchmarks/bin/Release/net10.0.
    private static readonly string Root = System.IO.Path.GetFullPath(System.IO.Path.Combine(AppContext.BaseDirectory, "../../../../.."));

    /// <summary>What starts it: the file, or <c>dotnet</c> with it where it is compiled at run time.</summary>
    public IReadOnlyList<string> Command => Path.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", Path] : [Path];

    /// <summary>The program as <c>./shacache</c> built it, then the native one where there is one, then another build.</summary>
    /// <param name="native">The native program; null for that of this tree, unless there is another build.</param>
    /// <param name="against">Another build; null for none.</param>
    public static IReadOnlyList<OurProgram> List(string? native, string? against)
    {
        string ownNative = System.IO.Path.Combine(Root, "artifacts/native/shacache");
        native ??= against is null && File.Exists(ownNative) ? ownNative : null;
        List<OurProgram> programs = [new("run-time", System.IO.Path.Combine(Root, "src/Shacache/bin/program/shacache.dll"))];
        if (native is not null)
            programs.Add(new(Native, native));
        if (against is not null)
            programs.Add(new("other", against));
        return programs;
    }
}
