using System.Runtime.CompilerServices;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Remotes.Json;

namespace Shacache.Http.Remotes.Npm;

/// <summary>A package of a registry: the packument that npm installs from, and its archives.</summary>
internal sealed class NpmPackage(string name, PackageQuery query) : RemotePackage
{
    public override IReadOnlyList<RemoteIndex> Documents { get; } = [new NpmPackument(name, isAbbreviated: true)];

    public override IReadOnlyList<RemoteIndex> Others { get; } = [new NpmTags(name)];

    public override async IAsyncEnumerable<RemoteFile> ReadFilesAsync(IndexSource? source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (JsonPart part in JsonItems.ReadAsync(source!.Content, NpmPackument.Versions, cancellationToken))
        {
            if (part.Item.IsEmpty || NpmVersion.Read(part.Name, part.Item.Span) is not { } version)
                continue;
            if ((query.Version is null || version.Version == query.Version) && query.Means(version.Hash))
                yield return new NpmTarball(name, version.FileNameIn(name), version.Hash);
        }
    }
}
