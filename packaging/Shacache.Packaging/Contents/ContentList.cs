namespace Shacache.Packaging.Contents;

/// <summary>All that is inside, in the order of the names.</summary>
internal static class ContentList
{
    /// <param name="assets">The <c>project.assets.json</c> of the program.</param>
    /// <param name="others">
    /// What comes from elsewhere than NuGet, one on a line: name, version, licence, copyright, package URL and notice file, with tabs between; the last may be empty.
    /// </param>
    public static IReadOnlyList<Component> Read(string assets, string others) =>
    [
        .. RestoredPackages.Read(assets)
            .Concat(File.ReadLines(others).Where(line => line.Length > 0).Select(line => line.Split('\t'))
                .Select(part => new Component(part[0], part[1], part[2], part[3], part[4], Sha512: null, part[5].Length > 0 ? [part[5]] : [])))
            .OrderBy(component => component.Name, StringComparer.OrdinalIgnoreCase),
    ];
}
