using System.Xml.Linq;
using Shacache.Testing;

namespace Shacache.Tests.Architecture;

/// <summary>References point inward (docs/architecture.md): backends see Core, Http and Client see Protocol besides, Http its transport, never each other.</summary>
public sealed class ProjectReferencesTests
{
    private static readonly string[] SeesEverything = ["Shacache"];
    private static readonly string[] SendsRequests = ["Shacache.Http", "Shacache.Client"];

    [Fact]
    public void ProjectReferences_OfEverySourceProject_PointInward()
    {
        foreach ((string project, XDocument file) in SourceProjects())
        {
            IEnumerable<string> references = file.Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));
            if (!SeesEverything.Contains(project))
                Assert.All(references, reference => Assert.True(reference == "Shacache.Core" || (reference == "Shacache.Protocol" && SendsRequests.Contains(project)) || (reference, project) == ("Shacache.Transport", "Shacache.Http"), $"{project} sees {reference}."));
        }
    }

    [Fact]
    public void Core_References_TheBaseClassLibraryOnly()
    {
        XDocument core = SourceProjects().Single(project => project.Name == "Shacache.Core").File;

        Assert.Empty(core.Descendants("ProjectReference"));
        Assert.Empty(core.Descendants("PackageReference"));
        Assert.Empty(core.Descendants("FrameworkReference"));
    }

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
