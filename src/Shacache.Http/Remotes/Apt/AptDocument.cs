using Shacache.Core.Blobs;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Apt;

/// <summary>A document that is kept and sent as it came.</summary>
internal class AptDocument(string path) : RemoteIndex
{
    public override string Path => path;

    public override bool IsSentAsKept => true;

    public override string FindType(string? source) => source ?? "application/octet-stream";

    public override async ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken) =>
        await source.Content.CopyToAsync(output, cancellationToken);
}

/// <summary><c>InRelease</c> or <c>Release</c>: a new one takes the place of the old one when the indexes that clients use are here, too.</summary>
internal sealed class AptReleaseFile(AptStates states, Remote remote, AptClient client, string path) : AptDocument(path)
{
    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken) =>
        await AptRelease.ReadAsync(source.Content, cancellationToken) is null ? $"it names no files by hashes, or is longer than {AptRelease.MaxBytes >> 20} MiB." : null;

    public override ValueTask PrepareAsync(IndexChange change, CancellationToken cancellationToken) => states.PrepareAsync(remote, this, change, cancellationToken);

    /// <summary>A client that is told of a failure does not ask for the other form.</summary>
    public override async ValueTask<bool> IsMissingAsync(CancellationToken cancellationToken) =>
        await states.FindAsync(remote, AptPath.FolderOf(Path), handed: null, cancellationToken) is not null;

    public override ValueTask NoteAnswerAsync(Digest digest, CancellationToken cancellationToken) =>
        states.NoteHandedAsync(remote, client, AptPath.FolderOf(Path), digest, cancellationToken);
}

/// <summary><c>Release.gpg</c>: the signature of one Release file and no other, which it is kept with.</summary>
internal sealed class AptSignature(string folder, Digest release) : AptDocument($"{folder}Release.gpg")
{
    public override string Name => $"{Path} {release}";

    public override bool IsLasting => true;
}
