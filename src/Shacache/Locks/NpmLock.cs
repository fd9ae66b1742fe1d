using System.Text.Json;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Locks;

/// <summary><c>package-lock.json</c> of every version.</summary>
internal static class NpmLock
{
    private const string Folder = "node_modules/";

    public static void Read(JsonElement root, LockContent content)
    {
        if (!root.TryGetProperty("packages", out JsonElement packages))
        {
            if (root.TryGetProperty("dependencies", out JsonElement dependencies))
                ReadNested(dependencies, content);
            return;
        }

        foreach (JsonProperty package in packages.EnumerateObject())
        {
            int place = package.Name.LastIndexOf(Folder, StringComparison.Ordinal);
            if (place >= 0)
                Add(Find(package.Value, "name") ?? package.Name[(place + Folder.Length)..], package.Value, content);
        }
    }

    /// <summary>Version 1 of the file: what a package needs is inside it.</summary>
    private static void ReadNested(JsonElement dependencies, LockContent content)
    {
        foreach (JsonProperty package in dependencies.EnumerateObject())
        {
            string? version = Find(package.Value, "version");

            // An alias, written npm:NAME@VERSION.
            int at = version?.LastIndexOf('@') ?? -1;
            Add(version is not null && version.StartsWith("npm:", StringComparison.Ordinal) && at > 4 ? version[4..at] : package.Name, package.Value, content);
            if (package.Value.TryGetProperty("dependencies", out JsonElement inner))
                ReadNested(inner, content);
        }
    }

    private static void Add(string name, JsonElement package, LockContent content)
    {
        string? version = Find(package, "version");
        string? resolved = Find(package, "resolved");
        if (IsTrue(package, "link") || IsTrue(package, "inBundle") || IsTrue(package, "bundled"))
            return;
        if (version is null || (resolved is not null && !resolved.StartsWith("http", StringComparison.Ordinal)) || version.Contains("://", StringComparison.Ordinal) || version.StartsWith("file:", StringComparison.Ordinal))
        {
            content.Omit(name, "it comes from no registry");
            return;
        }

        string plain = version[(version.LastIndexOf('@') + 1)..];
        content.Add(new RemoteOrderDocument { Type = "npm", Name = name, Version = plain, Hashes = ReadIntegrity(Find(package, "integrity")) });
    }

    private static List<string>? ReadIntegrity(string? text)
    {
        List<string> hashes = [];
        foreach (string word in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = word.Split('?')[0].Split('-', 2);
            byte[] value = new byte[word.Length];
            if (parts.Length == 2 && Convert.TryFromBase64String(parts[1], value, out int length))
                hashes.Add($"{parts[0]}-{Convert.ToHexStringLower(value.AsSpan(0, length))}");
        }

        return hashes.Count > 0 ? hashes : null;
    }

    private static string? Find(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsTrue(JsonElement item, string name) => item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}

/// <summary><c>packages.lock.json</c> of .NET.</summary>
internal static class NuGetLock
{
    /// <summary>Reads the packages of each framework. Their <c>contentHash</c> is of a package without its signature, and so none of the file.</summary>
    public static void Read(JsonElement frameworks, LockContent content)
    {
        foreach (JsonProperty package in frameworks.EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject()))
        {
            if (package.Value.TryGetProperty("resolved", out JsonElement resolved) && resolved.GetString() is { } version)
                content.Add(new RemoteOrderDocument { Type = "nuget", Name = package.Name, Version = version });
        }
    }
}
