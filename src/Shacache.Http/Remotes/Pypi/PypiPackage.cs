using System.Runtime.CompilerServices;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Pypi;

/// <summary>A package of Python: its page, and the files that it names, with their metadata files.</summary>
internal sealed class PypiPackage(string name, PackageQuery query) : RemotePackage
{
    public override IReadOnlyList<RemoteIndex> Documents { get; } = [new PypiProject(name, PypiFormat.Json)];

    public override async IAsyncEnumerable<RemoteFile> ReadFilesAsync(IndexSource? source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (PypiLink link in PypiProject.ReadAsync(source!, cancellationToken))
        {
            // A hash says more than a version, which can be spelled in several ways.
            bool isMeant = query.Hashes.Count > 0 && link.Hash is not null ? query.Means(link.Hash) : query.Version is null || PypiName.IsOfVersion(link.FileName, query.Version);
            if (!isMeant)
                continue;
            string hash = link.Hash?.ToString() ?? PypiLink.NoHash;
            yield return new PypiFile(name, hash, link.FileName);
            if (link.HasMetadata)
                yield return new PypiFile(name, hash, $"{link.FileName}.metadata");
        }
    }
}
