using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Tests.Archives;

/// <summary>A folder for a test, removed whatever names and modes it holds.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("archives-").FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        using var parent = FileSystemCalls.OpenFolder(System.IO.Path.GetDirectoryName(Path)!);
        FolderRemover.Remove(parent, FileName.FromText(System.IO.Path.GetFileName(Path)));
    }
}
