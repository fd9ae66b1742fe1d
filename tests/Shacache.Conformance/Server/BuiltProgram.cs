namespace Shacache.Conformance.Server;

/// <summary>The program: what SHACACHE_TEST_PROGRAM names, such as the native one, else where the build put it, beside this project, in the same configuration.</summary>
internal static class BuiltProgram
{
    /// <summary>What starts it, before its arguments.</summary>
    public static string[] Command { get; } =
        Environment.GetEnvironmentVariable("SHACACHE_TEST_PROGRAM") is { Length: > 0 } named ? [named] : ["dotnet", "exec", Find()];

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
