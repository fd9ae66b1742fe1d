namespace Shacache.Testing;

/// <summary>A new, empty folder that is deleted with all it holds.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder()
    {
        Path = Directory.CreateTempSubdirectory("shacache-test-").FullName;
    }

    public string Path { get; }

    /// <summary>A path inside.</summary>
    public string this[params ReadOnlySpan<string> names] => System.IO.Path.Join([Path, .. names]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
