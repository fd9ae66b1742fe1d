using System.Text.Json;
using System.Xml.Linq;

namespace Shacache.Packaging.Contents;

/// <summary>The NuGet packages whose code is in a program, as the restore of its project noted them: those that it runs with, and the parts of .NET itself.</summary>
internal static class RestoredPackages
{
    private static readonly string[] NoticeNames = ["LICENSE", "LICENSE.TXT", "LICENSE.MD", "THIRD-PARTY-NOTICES.TXT", "NOTICE", "NOTICE.TXT"];

    /// <param name="assets">The <c>project.assets.json</c> of the program.</param>
    public static IEnumerable<Component> Read(string assets)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(assets));
        JsonElement root = document.RootElement;
        string[] folders = [.. root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
        return [.. Names(root).DistinctBy(package => package.Name, StringComparer.OrdinalIgnoreCase).Select(package => Describe(package.Name, package.Version, folders))];
    }

    private static IEnumerable<(string Name, string Version)> Names(JsonElement root)
    {
        // Targets are the framework alone, and the framework with the platform: the latter says what the program runs with.
        JsonElement target = root.GetProperty("targets").EnumerateObject().OrderBy(target => target.Name.Length).Last().Value;
        foreach (JsonProperty library in target.EnumerateObject().Where(library => library.Value.GetProperty("type").GetString() == "package" && HasCode(library.Value)))
        {
            string[] parts = library.Name.Split('/');
            yield return (parts[0], parts[1]);
        }

        foreach (JsonProperty framework in root.GetProperty("project").GetProperty("frameworks").EnumerateObject())
        {
            if (!framework.Value.TryGetProperty("downloadDependencies", out JsonElement downloads))
                continue;
            foreach (JsonElement download in downloads.EnumerateArray())
            {
                string name = download.GetProperty("name").GetString()!;
                // "[10.0.12, 10.0.12]"
                if (name.Contains(".Runtime.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("runtime.", StringComparison.OrdinalIgnoreCase))
                    yield return (name, download.GetProperty("version").GetString()!.Trim('[', ']').Split(',')[0]);
            }
        }
    }

    /// <summary>Managed code only: what packages bring as native libraries is not linked into the program.</summary>
    private static bool HasCode(JsonElement library) =>
        library.TryGetProperty("runtime", out JsonElement files) && files.EnumerateObject().Any(file => !file.Name.EndsWith("_._", StringComparison.Ordinal));

    private static Component Describe(string name, string version, string[] packageFolders)
    {
        string folder = packageFolders.Select(packages => Path.Combine(packages, name.ToLowerInvariant(), version.ToLowerInvariant())).First(Directory.Exists);
        XElement metadata = XDocument.Load(Directory.EnumerateFiles(folder, "*.nuspec").Single()).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
        string? licence = metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "license" && (string?)element.Attribute("type") == "expression")?.Value;
        string hash = Directory.EnumerateFiles(folder, "*.nupkg.sha512").Single();
        return new Component(
            name, version, licence, Text("copyright") ?? Text("authors") ?? "", $"pkg:nuget/{name}@{version}",
            Convert.ToHexStringLower(Convert.FromBase64String(File.ReadAllText(hash).Trim())),
            [.. Directory.EnumerateFiles(folder).Where(file => NoticeNames.Contains(Path.GetFileName(file).ToUpperInvariant())).Order(StringComparer.Ordinal)]);

        string? Text(string element) => metadata.Elements().FirstOrDefault(found => found.Name.LocalName == element)?.Value;
    }
}
