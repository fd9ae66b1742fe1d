using System.Runtime.CompilerServices;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Cargo;

/// <summary>The archive of a version.</summary>
internal sealed class CargoCrate(string name, string version) : RemoteFile
{
    public override string Path => $"{CargoConfig.Folder}/{name}/{version}/download";

    public override IReadOnlyList<RemoteIndex> Indexes { get; } = [new CargoVersions(name)];

    public override RemoteIndex Places { get; } = new CargoConfig();

    public override async ValueTask<NamedFile?> FindAsync(IndexSource source, CancellationToken cancellationToken)
    {
        await foreach (CargoVersion one in CargoVersions.ReadAsync(source, cancellationToken))
        {
            if (one.Version == version && one.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return new NamedFile(null, one.Hash);
        }

        return null;
    }

    public override async ValueTask<NamedFile> PlaceAsync(NamedFile named, IndexSource places, CancellationToken cancellationToken)
    {
        string place = await CargoConfig.ReadPlaceAsync(places, cancellationToken) ?? throw new GatewayException(RemoteProblems.BadIndex(places.Url.Host, "it does not say where archives are (dl)"));
        string link = place
            .Replace("{crate}", name, StringComparison.Ordinal)
            .Replace("{version}", version, StringComparison.Ordinal)
            .Replace("{prefix}", CargoName.PrefixOf(name), StringComparison.Ordinal)
            .Replace("{lowerprefix}", CargoName.PrefixOf(name.ToLowerInvariant()), StringComparison.Ordinal)
            .Replace("{sha256-checksum}", named.Hash!.Hex, StringComparison.Ordinal);
        return named with { Link = link == place ? $"{place.TrimEnd('/')}/{name}/{version}/download" : link };
    }
}

/// <summary>A crate: its document, the one that says where archives are, and its archives.</summary>
internal sealed class CargoPackage(PackageQuery query) : RemotePackage
{
    public override IReadOnlyList<RemoteIndex> Documents { get; } = [new CargoVersions(query.Name)];

    public override IReadOnlyList<RemoteIndex> Shared { get; } = [new CargoConfig()];

    public override async IAsyncEnumerable<RemoteFile> ReadFilesAsync(IndexSource? source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (CargoVersion one in CargoVersions.ReadAsync(source!, cancellationToken))
        {
            if ((query.Version is null || one.Version == query.Version) && query.Means(one.Hash))
                yield return new CargoCrate(one.Name, one.Version);
        }
    }
}
