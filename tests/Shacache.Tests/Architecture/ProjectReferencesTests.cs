using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shacache.Testing;

namespace Shacache.Tests.Architecture;

/// <summary>References point inward (docs/architecture.md): all but Core may see Posix, backends see Core, those that send requests see Protocol besides, Http its transport, never each other.</summary>
public sealed class ProjectReferencesTests
{
    private static readonly string[] Innermost = ["Shacache.Core", "Shacache.Posix"];
    private static readonly string[] SeesEverything = ["Shacache"];
    private static readonly string[] SendsRequests = ["Shacache.Http", "Shacache.Client", "Shacache.Blobs.S3"];

    [Fact]
    public void ProjectReferences_OfEverySourceProject_PointInward()
    {
        foreach ((string project, XDocument file) in SourceProjects())
        {
            IEnumerable<string> references = file.Descendants("ProjectReference")
                .Where(reference => reference.Attribute("Include") is not null)
                .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));
            if (!SeesEverything.Contains(project))
                Assert.All(references, reference => Assert.True(Innermost.Contains(reference) || (reference == "Shacache.Protocol" && SendsRequests.Contains(project)) || (reference, project) == ("Shacache.Transport", "Shacache.Http"), $"{project} sees {reference}."));
        }
    }

    [Fact]
    public void Innermost_References_AreTheBaseClassLibraryOnly()
    {
        foreach ((_, XDocument file) in SourceProjects().Where(project => Innermost.Contains(project.Name)))
        {
            Assert.Empty(file.Descendants("ProjectReference"));
            Assert.Empty(file.Descendants("PackageReference"));
            Assert.Empty(file.Descendants("FrameworkReference"));
        }
    }

    [Fact]
    public void SystemCalls_OfAllProjects_AreDeclaredInOnePlace() =>
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
                .Where(path => Regex.IsMatch(File.ReadAllText(path), @"\[(?:Library|Dll)Import\(", RegexOptions.None, TimeSpan.FromSeconds(10))),
            path => Assert.Equal("Shacache.Posix", Path.GetFileName(Path.GetDirectoryName(path))));

    [Fact]
    public void Handlers_OfRequestsToOtherMachines_AreMadeInOnePlace()
    {
        string[] made =
        [
            .. from path in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
               let text = File.ReadAllText(path)
               where text.Contains("new SocketsHttpHandler", StringComparison.Ordinal) || text.Contains("SocketsHttpHandler CreateHandler", StringComparison.Ordinal) ||
                   text.Contains("new HttpClientHandler", StringComparison.Ordinal) || text.Contains("new HttpClient()", StringComparison.Ordinal)
               select Path.GetFileName(path),
        ];

        Assert.Equal(["HttpConnections.cs"], made);
    }

    private static List<(string Name, XDocument File)> SourceProjects()
    {
        List<(string, XDocument)> projects =
        [
            .. from path in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
               select (Path.GetFileNameWithoutExtension(path), XDocument.Load(path)),
        ];
        Assert.True(projects.Count >= 6, "The source projects were not found.");
        return projects;
    }
}
