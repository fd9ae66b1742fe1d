using Shacache.Core.Blobs;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Remotes.Indexes;

/// <summary>A document of an index, kept as its origin sent it. What a client gets is made of it for each request: links depend on how the client reached this server.</summary>
internal abstract class RemoteIndex
{
    /// <summary>Where it is below the remote's URL, as the origin is asked for it.</summary>
    public abstract string Path { get; }

    /// <summary>What the remote's documents are told apart by: one path may have several forms.</summary>
    public virtual string Name => Path;

    /// <summary>The names of all forms that may be kept of it.</summary>
    public virtual IReadOnlyList<string> Names => [Name];

    /// <summary>Whether it never changes, so that its origin is not asked again.</summary>
    public virtual bool IsLasting => false;

    /// <summary>The document that says where it is; null when that follows from <see cref="Path"/>.</summary>
    public virtual RemoteIndex? Places => null;

    /// <summary>Reads in <see cref="Places"/> where it is.</summary>
    /// <returns>An absolute URL, or one relative to that document; null when it does not say.</returns>
    public virtual ValueTask<string?> FindLinkAsync(IndexSource places, CancellationToken cancellationToken) => new((string?)null);

    /// <summary>The forms that the origin is asked for, in the order of preference.</summary>
    public virtual string Accept => "*/*";

    /// <summary>The media type of what the client gets.</summary>
    /// <param name="source">That of what is kept; null when the origin did not say.</param>
    public abstract string FindType(string? source);

    /// <summary>Looks whether what came is such a document at all, so that a page of a broken origin does not take the place of a good one.</summary>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public virtual ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken) => new((string?)null);

    /// <summary>Whether clients get what is kept, byte for byte, and may be told when that last changed.</summary>
    public virtual bool IsSentAsKept => false;

    /// <summary>Gets what must be here before another document takes the place of the one that is kept.</summary>
    /// <param name="change">From which document to which.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="GatewayException">It must not take its place yet.</exception>
    public virtual ValueTask PrepareAsync(IndexChange change, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Whether another document that is kept tells that there is none of this one. Asked when no origin answers.</summary>
    public virtual ValueTask<bool> IsMissingAsync(CancellationToken cancellationToken) => new(false);

    /// <summary>Notes that the client is given a document that is kept.</summary>
    public virtual ValueTask NoteAnswerAsync(Digest digest, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Writes what the client gets.</summary>
    /// <param name="source">What is kept.</param>
    /// <param name="links">Where links lead.</param>
    /// <param name="output">The body of the answer.</param>
    /// <param name="cancellationToken">Stops.</param>
    public abstract ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken);
}

/// <summary>A document that is about to take the place of another.</summary>
/// <param name="Kept">The old one; null when there is none.</param>
/// <param name="Next">The new one.</param>
/// <param name="Url">Where that came from, after redirects.</param>
internal sealed record IndexChange(Digest? Kept, Digest Next, OriginUrl Url);

/// <summary>A document as it came.</summary>
/// <param name="Content">Its bytes, from the first on; read once.</param>
/// <param name="ContentType">What the origin calls it; null when it does not say.</param>
/// <param name="Url">Where it came from, after redirects: relative links start there.</param>
internal sealed record IndexSource(Stream Content, string? ContentType, OriginUrl Url)
{
    public bool IsJson => ContentType?.Split(';')[0].TrimEnd().EndsWith("json", StringComparison.OrdinalIgnoreCase) == true;
}

/// <summary>Where links lead that are written for a client.</summary>
/// <param name="Base">The remote as the client reaches it, such as <c>https://cache.example/remote/pypi/</c>.</param>
internal sealed record RemoteLinks(string Base);

/// <summary>A file that an index names.</summary>
internal abstract class RemoteFile
{
    /// <summary>Its path below the remote, as clients ask for it: the same path is the same file, unless the index says otherwise.</summary>
    public abstract string Path { get; }

    /// <summary>What the client says that it must be; null when it says nothing. Never a reason to keep a file, only to refuse it.</summary>
    public virtual FileHash? Asked => null;

    /// <summary>What is known of it before any document is read; null when one has to say that.</summary>
    public virtual NamedFile? Known => null;

    /// <summary>The documents that may name it, the first that exists counts; none when its URL follows from its path.</summary>
    public virtual IReadOnlyList<RemoteIndex> Indexes => [];

    /// <summary>Whether there may be none of <see cref="Indexes"/>, so that nothing says what it must be.</summary>
    public virtual bool MayBeUnnamed => false;

    /// <summary>The document that says where such files are; null when the one that names it does.</summary>
    public virtual RemoteIndex? Places => null;

    /// <summary>Reads in <see cref="Places"/> where it is.</summary>
    public virtual ValueTask<NamedFile> PlaceAsync(NamedFile named, IndexSource places, CancellationToken cancellationToken) => new(named);

    /// <summary>Finds it in one of <see cref="Indexes"/>.</summary>
    /// <returns>Null when the document does not name it.</returns>
    public virtual ValueTask<NamedFile?> FindAsync(IndexSource source, CancellationToken cancellationToken) => new((NamedFile?)null);
}

/// <summary>What an index says of a file.</summary>
/// <param name="Link">Where it is: an absolute URL, or one relative to the document; null for its own path, below the same URL of the remote.</param>
/// <param name="Hash">What it is; null when the index does not say.</param>
internal sealed record NamedFile(string? Link, FileHash? Hash)
{
    /// <summary>The key of the directory for such files, such as <c>pypi:NAME=VERSION</c>; null for none.</summary>
    public string? Listing { get; init; }
}
