using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Apt;

/// <summary>Repositories of Debian packages, for apt (docs/package-managers.md).</summary>
internal sealed class AptKind(AptStates states, AptNames names) : IRemoteKind
{
    public RemoteType Type => RemoteType.Apt;

    public RemoteTarget Find(RemoteRequest request)
    {
        string path = AptPath.Tidy(request.Path);
        AptClient client = AptClient.Of(request);
        if (AptPath.IsRelease(path) && !path.EndsWith(".gpg", StringComparison.Ordinal))
            return new RemoteTarget.Index(new AptReleaseFile(states, request.Remote, client, path));
        return new RemoteTarget.Sought(cancellationToken => AptPath.IsPackage(path) && !AptPath.TryReadByHash(path, out _, out _)
            ? FindPackageAsync(request.Remote, path, cancellationToken)
            : FindIndexAsync(request.Remote, path + request.Query, client, cancellationToken));
    }

    private async ValueTask<RemoteTarget> FindPackageAsync(Remote remote, string path, CancellationToken cancellationToken)
    {
        (string place, FileHash? hash) = await names.FindAsync(remote, path, cancellationToken);
        return new RemoteTarget.File(new AptFile(path, place + path, hash));
    }

    private async ValueTask<RemoteTarget> FindIndexAsync(Remote remote, string path, AptClient client, CancellationToken cancellationToken)
    {
        AptState? state = await states.FindAboveAsync(remote, path, client, cancellationToken);
        if (AptPath.TryReadByHash(path, out string folder, out FileHash? hash))
            return new RemoteTarget.File(FindByHash(remote, state, folder, path, hash!));
        if (state is null)
            return new RemoteTarget.Index(new AptDocument(path));
        if (AptPath.IsRelease(path))
            return new RemoteTarget.Index(new AptSignature(state.Folder, state.Digest));
        string name = path[state.Folder.Length..];

        // What a Release file does not name changes at any time, as far as is known.
        return state.Release.Files.TryGetValue(name, out hash)
            ? new RemoteTarget.File(AptFile.OfIndex(state, name, hash))
            : new RemoteTarget.Index(new AptDocument(path));
    }

    /// <summary>What is asked for by its hash is of this state, or of an older one; only the origin of this state may have it by its name alone.</summary>
    private static AptFile FindByHash(Remote remote, AptState? state, string folder, string path, FileHash hash)
    {
        string? name = state?.Release.Files.FirstOrDefault(file => file.Value == hash && state.Folder + AptPath.FolderOf(file.Key) == folder).Key;
        return name is null ? new AptFile(AptPath.WriteByHash(folder, hash), (state?.Place ?? remote.Urls[0].Text) + path, hash) : AptFile.OfIndex(state!, name, hash);
    }
}
