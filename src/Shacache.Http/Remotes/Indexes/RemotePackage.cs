using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Remotes.Indexes;

/// <summary>What an index has of a package.</summary>
internal abstract class RemotePackage
{
    /// <summary>The documents about it that an installation needs; first the one that names its files, if there is such a document.</summary>
    public abstract IReadOnlyList<RemoteIndex> Documents { get; }

    /// <summary>Documents about all packages that an installation needs.</summary>
    public virtual IReadOnlyList<RemoteIndex> Shared => [];

    /// <summary>Further documents about it, which no installation needs.</summary>
    public virtual IReadOnlyList<RemoteIndex> Others => [];

    /// <summary>Finds its files.</summary>
    /// <param name="source">The first of <see cref="Documents"/>; null when there is none.</param>
    /// <param name="cancellationToken">Stops.</param>
    public abstract IAsyncEnumerable<RemoteFile> ReadFilesAsync(IndexSource? source, CancellationToken cancellationToken);
}

/// <summary>A package that is meant by its name: to be fetched in advance, or to be forgotten.</summary>
/// <param name="Name">Its name, as the tool has it.</param>
/// <param name="Version">Only this version; null for all.</param>
/// <param name="Hashes">Only files that have one of these hashes; all when there are none.</param>
internal sealed record PackageQuery(string Name, string? Version, IReadOnlyList<FileHash> Hashes)
{
    /// <summary>Whether a file may be meant that an index says this of: a hash of another algorithm says nothing.</summary>
    public bool Means(FileHash? hash) => Hashes.Count == 0 || hash is null || Hashes.Contains(hash) || Hashes.All(wanted => wanted.Algorithm != hash.Algorithm);
}
