using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Apt;

/// <summary>An index that a Release file names, or a package that an index names: a file whose hash is known before it is looked for.</summary>
/// <param name="path">What it is kept under.</param>
/// <param name="link">Where it is.</param>
/// <param name="hash">What it is; null when no index says so.</param>
internal sealed class AptFile(string path, string link, FileHash? hash) : RemoteFile
{
    public override string Path => path;

    /// <summary>What is kept is sent when it is that.</summary>
    public override FileHash? Asked => hash;

    public override NamedFile? Known => new(link, hash);

    /// <summary>An index of a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="path">Its path below the state's folder.</param>
    /// <param name="hash">What the state says that it is.</param>
    public static AptFile OfIndex(AptState state, string path, FileHash hash)
    {
        string kept = AptPath.WriteByHash(state.Folder + AptPath.FolderOf(path), hash);

        // The origin may have gone on to another state; what it names by hash it keeps for a while.
        return new AptFile(kept, state.Place + (state.Release.HasByHash ? kept : state.Folder + path), hash);
    }
}
