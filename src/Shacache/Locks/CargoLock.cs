using Shacache.Core.Upstreams;

namespace Shacache.Cli.Locks;

/// <summary><c>Cargo.lock</c>: of its TOML, the plain members of each package, one a line, as cargo writes them.</summary>
internal static class CargoLock
{
    public static void Read(IReadOnlyList<string> lines, LockContent content)
    {
        Dictionary<string, string>? package = null;
        foreach (string line in lines)
        {
            if (line.StartsWith('['))
            {
                Add(package, content);
                package = line == "[[package]]" ? new(StringComparer.Ordinal) : null;
                continue;
            }

            string[] parts = line.Split(" = ", 2);
            if (parts.Length == 2 && parts[1] is ['"', .. var value, '"'])
                package?.TryAdd(parts[0], value);
        }

        Add(package, content);
    }

    private static void Add(Dictionary<string, string>? package, LockContent content)
    {
        // What has no source lies in the project itself.
        if (package is null || !package.TryGetValue("source", out string? source))
            return;
        if (!package.TryGetValue("name", out string? name) || !package.TryGetValue("version", out string? version))
            throw new InvalidDataException("a package has no name or no version");
        if (!source.StartsWith("registry+", StringComparison.Ordinal) && !source.StartsWith("sparse+", StringComparison.Ordinal))
            content.Omit($"{name} {version}", "it comes from no registry");
        else
            content.Add(new RemoteOrderDocument { Type = "cargo", Name = name, Version = version, Hashes = package.TryGetValue("checksum", out string? hex) ? [$"sha256-{hex}"] : null });
    }
}

/// <summary><c>go.sum</c>: a line for each module, and one for what it depends on. Its hashes are of what archives hold, not of the archives: go compares them.</summary>
internal static class GoSum
{
    public static void Read(IReadOnlyList<string> lines, LockContent content)
    {
        foreach (string line in lines)
        {
            string[] parts = line.Split(' ');
            content.Add(new RemoteOrderDocument { Type = "go", Name = parts[0], Version = parts[1] });
        }
    }
}
