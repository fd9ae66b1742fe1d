namespace Shacache.Conformance.Server;

/// <summary>Where the build put the program: beside this project, in the same configuration.</summary>
internal static class BuiltProgram
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/', '\\')); // …/bin/Release/net10.0
        string configuration = output.Parent!.Name;
        DirectoryInfo? root = output;
        while (root is not null && !File.Exists(System.IO.Path.Combine(root.FullName, "Shacache.slnx")))
            root = root.Parent;
        string path = System.IO.Path.Combine(root?.FullName ?? ".", "src", "Shacache", "bin", configuration, output.Name, "shacache.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"The program is not built: {path} does not exist.");
    }
}
