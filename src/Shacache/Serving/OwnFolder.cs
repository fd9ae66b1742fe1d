namespace Shacache.Cli.Serving;

/// <summary>An empty folder that only this user can enter, in the place of a data folder where everything is elsewhere. It goes away with all that is in it.</summary>
internal sealed class OwnFolder : IDisposable
{
    /// <exception cref="IOException">It cannot be made.</exception>
    public OwnFolder() => Path = Directory.CreateTempSubdirectory("shacache-").FullName;

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
