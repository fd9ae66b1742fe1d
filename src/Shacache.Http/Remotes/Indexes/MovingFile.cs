namespace Shacache.Http.Remotes.Indexes;

/// <summary>Something at its own path below the URL of the remote that changes, and is passed on as it is.</summary>
internal sealed class MovingFile(string path) : VerbatimIndex
{
    public override string Path => path;
}
