using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Client.Archives;
using Shacache.Client.Elf.Loading;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Moving;
using Shacache.Client.Relocation.Reports;
using Shacache.Client.Relocation.Scanning;
using Shacache.Client.Relocation.Trees;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Platforms;

namespace Shacache.Client.Binaries;

/// <summary>The documents about a release that lie in the store beside its archive: named in the information of its entry.</summary>
/// <param name="Map">The relocation map.</param>
/// <param name="Requirements">The requirements.</param>
internal sealed record ReleaseDocuments(Digest Map, Digest Requirements)
{
    /// <summary>The documents that an entry names; null when it does not name both.</summary>
    public static ReleaseDocuments? Find(SignedEntry entry)
    {
        try
        {
            using var information = JsonDocument.Parse(entry.Information);
            return information.RootElement.ValueKind == JsonValueKind.Object &&
                Read(information.RootElement, EntryDocuments.MapMember) is { } map && Read(information.RootElement, EntryDocuments.RequirementsMember) is { } requirements
                ? new ReleaseDocuments(map, requirements)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with a lone surrogate.
            return null;
        }
    }

    /// <summary>Stores the documents of a release.</summary>
    /// <inheritdoc cref="NetworkCacheClient.UploadAsync" path="/exception"/>
    public static async Task<ReleaseDocuments> UploadAsync(NetworkCacheClient client, ScanResult scan, string place, CancellationToken cancellationToken) => new(
        await UploadAsync(client, file => RelocationDocuments.Write(scan.Map, file), place, cancellationToken).ConfigureAwait(false),
        await UploadAsync(client, file => RelocationDocuments.Write(scan.Requirements, file), place, cancellationToken).ConfigureAwait(false));

    /// <summary>Names them in the information of an entry.</summary>
    public void AddTo(JsonObject metadata)
    {
        metadata[EntryDocuments.MapMember] = Map.ToString();
        metadata[EntryDocuments.RequirementsMember] = Requirements.ToString();
    }

    /// <summary>Downloads both and reports what they say.</summary>
    /// <exception cref="Errors.NetworkCacheException">A document could not be had.</exception>
    /// <exception cref="FormatException">A document is malformed, or of a newer version.</exception>
    public async Task<ReleaseReport> ReportAsync(NetworkCacheClient client, string? wantedRoot, Platform? platform, CancellationToken cancellationToken)
    {
        FileStream map = await DownloadAsync(client, Map, cancellationToken).ConfigureAwait(false);
        await using (map.ConfigureAwait(false))
        {
            FileStream requirements = await DownloadAsync(client, Requirements, cancellationToken).ConfigureAwait(false);
            await using (requirements.ConfigureAwait(false))
                return ReleaseCheck.Read(map, requirements, wantedRoot, platform);
        }
    }

    /// <summary>Downloads the map and plans a move.</summary>
    /// <exception cref="Errors.NetworkCacheException">The map could not be had.</exception>
    /// <exception cref="FormatException">The map is malformed, of a newer version or of another release.</exception>
    public async Task<MovePlan> PlanMoveAsync(NetworkCacheClient client, string folder, string newRoot, CancellationToken cancellationToken)
    {
        FileStream map = await DownloadAsync(client, Map, cancellationToken).ConfigureAwait(false);
        await using (map.ConfigureAwait(false))
            return new MovePlan(await Task.Run(() => RelocationDocuments.ReadMap(map), cancellationToken).ConfigureAwait(false), folder, newRoot);
    }

    /// <summary>Downloads the requirements.</summary>
    /// <exception cref="Errors.NetworkCacheException">They could not be had.</exception>
    /// <exception cref="FormatException">They are malformed, or of a newer version.</exception>
    public async Task<ReleaseRequirements> ReadRequirementsAsync(NetworkCacheClient client, CancellationToken cancellationToken)
    {
        FileStream requirements = await DownloadAsync(client, Requirements, cancellationToken).ConfigureAwait(false);
        await using (requirements.ConfigureAwait(false))
            return RelocationDocuments.ReadRequirements(requirements);
    }

    /// <summary>Downloads the requirements, for proofs that the release finds here what it found where it was published.</summary>
    /// <param name="client">Gets them.</param>
    /// <param name="folder">The path that the release will have.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="Errors.NetworkCacheException">They could not be had.</exception>
    /// <exception cref="FormatException">They are malformed, or of a newer version.</exception>
    public async Task<Func<ITreeProof>> PrepareProofAsync(NetworkCacheClient client, string folder, CancellationToken cancellationToken)
    {
        ReleaseRequirements requirements = await ReadRequirementsAsync(client, cancellationToken).ConfigureAwait(false);
        byte[] path = Encoding.UTF8.GetBytes(folder);
        return () => new InstallProof(requirements, path, MachineLibraries.OfThisMachine());
    }

    private static Task<FileStream> DownloadAsync(NetworkCacheClient client, Digest digest, CancellationToken cancellationToken) =>
        TemporaryFile.FillAsync(Path.GetTempPath(), file => client.DownloadAsync(digest, file, null, cancellationToken));

    private static async Task<Digest> UploadAsync(NetworkCacheClient client, Action<FileStream> write, string place, CancellationToken cancellationToken)
    {
        FileStream file = await TemporaryFile.FillAsync(place, file => Task.Run(() => write(file), cancellationToken)).ConfigureAwait(false);
        await using (file.ConfigureAwait(false))
            return (await client.UploadAsync(file, null, cancellationToken).ConfigureAwait(false)).Digest;
    }

    private static Digest? Read(JsonElement information, string member) =>
        information.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String && Digest.TryParse(value.GetString(), out Digest digest) ? digest : null;
}
