namespace Shacache.Client.Tests.Servers;

/// <summary>An empty folder, removed at the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("shacache-client-");

    public IEnumerable<string> Names => _folder.EnumerateFileSystemInfos().Select(info => info.Name).Order(StringComparer.Ordinal);

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
