namespace Shacache.Http.Remotes.Indexes;

/// <summary>A file at its own path below the URL of the remote, of which no document says what it must be: it is kept as it came first.</summary>
internal sealed class LastingFile(string path) : RemoteFile
{
    public override string Path => path;
}
