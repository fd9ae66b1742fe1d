using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Client.Archives;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Relocation.Scanning;
using Shacache.Client.Sources;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Platforms;
using Shacache.Core.Urls;

namespace Shacache.Client.Binaries;

/// <summary>Publishes one release to the binary cache.</summary>
internal sealed class SoftwarePublisher(NetworkCacheClient client, NetworkCacheOptions options, BinaryCacheOptions binary, string root)
{
    /// <summary>Marks a release that others use in place; those are never published.</summary>
    private const string SharedMark = ".shared";

    /// <summary>
    /// What slapgrid writes when it has built or installed a release here. In an archive it would make slapgrid treat the rest of an interrupted extraction as a
    /// complete release.
    /// </summary>
    private const string CompletedMark = ".completed";

    /// <summary>A request is made at most three times in all.</summary>
    public static NetworkCacheOptions WithThreeTries(NetworkCacheOptions options) => options with { MaxRetries = 2 };

    public async Task<PublishResult> PublishAsync(
        string softwareUrl, Func<Platform> platform, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        EntryKey key = EntryKeys.ForSoftwareRelease(softwareUrl);
        string folder = Path.Combine(root, key.Value);
        if (options.BinaryUploadBlacklist.TryMatch(softwareUrl, out string? prefix))
        {
            string line = $"{UrlSecrets.Redact(softwareUrl)} is not published: upload-to-binary-cache-url-blacklist has {UrlSecrets.Redact(prefix)}.";
            return new PublishResult(PublishStatus.Blacklisted, line, key, folder, null);
        }

        if (File.Exists(Path.Combine(folder, SharedMark)))
            return new PublishResult(PublishStatus.Shared, $"{folder} is not published: it holds a file {SharedMark}.", key, folder, null);

        // Problems that would make the upload fail are found first: packing takes minutes.
        client.EnsureCanUpload();
        client.EnsureMayBeListed(key, new JsonObject { ["software_url"] = softwareUrl });
        if (options.SignaturePrivateKeyFile is null && options.SignatureCertificateFile is not null)
        {
            throw new NetworkCacheConfigurationException(
                "signature-certificate-file is set, signature-private-key-file is not: the entry would not be signed. Set both, or neither to publish without a signature.")
            {
                Section = "networkcache",
                Option = "signature-private-key-file",
            };
        }

        if (options.SignaturePrivateKeyFile is null)
            options.OnWarning?.Invoke("signature-private-key-file is not set: the entry is not signed, and no node will trust it.");
        Platform machine = platform();
        var scanner = new ReleaseScanner(root, key.Value);
        UploadResult stored = await UploadAsync(folder, scanner, progress, cancellationToken).ConfigureAwait(false);
        ScanResult scan = scanner.Complete();
        ReleaseDocuments documents = await ReleaseDocuments.UploadAsync(client, scan, TemporaryPlace, cancellationToken).ConfigureAwait(false);
        var metadata = new JsonObject
        {
            ["software_url"] = softwareUrl,
            ["software_root"] = root,
            ["multiarch"] = machine.Multiarch,
            ["os"] = new JsonArray(machine.Distribution.Id, machine.Distribution.Version, machine.Distribution.Codename),
        };
        documents.AddTo(metadata);
        if (stored.AlreadyStored && await IsListedAsync(key, stored.Digest, metadata, machine, cancellationToken).ConfigureAwait(false))
            return new PublishResult(PublishStatus.AlreadyPublished, $"{folder} has not changed since it was published.", key, folder, stored) { LongestRoot = scan.Requirements.LongestRoot };
        if (binary.BuildTime is { } buildTime)
            metadata[EntryWorth.BuildMember] = EntryWorth.SecondsOf(buildTime);
        await client.IndexAsync(key, stored.Digest, metadata, cancellationToken).ConfigureAwait(false);
        return new PublishResult(PublishStatus.Published, $"{folder} is published as {stored.Digest}.", key, folder, stored) { LongestRoot = scan.Requirements.LongestRoot };
    }

    /// <summary>The software root had room for the folder; the system's temporary folder may be in memory, so it is used only when TMPDIR names one.</summary>
    private string TemporaryPlace => Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } ? Path.GetTempPath() : root;

    private async Task<UploadResult> UploadAsync(string folder, ReleaseScanner scanner, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var packed = progress is null ? null : new PackingProgress(progress);
        ArchiveOptions packing = binary.Packing with { LeftOut = [.. binary.Packing.LeftOut, CompletedMark], Observer = scanner };
        FileStream archive = await TemporaryFile.FillAsync(TemporaryPlace, async file =>
        {
            ArchiveSummary summary = await new SoftwareArchiver(packing).WriteAsync(folder, file, packed, cancellationToken).ConfigureAwait(false);
            foreach (string warning in summary.Warnings)
                options.OnWarning?.Invoke(warning);
        }).ConfigureAwait(false);
        await using (archive.ConfigureAwait(false))
            return await client.UploadAsync(archive, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether a node like this one would take an entry of ours that says the same. An older entry after another one does not count: the
    /// release may have been built differently in between.
    /// </summary>
    private async Task<bool> IsListedAsync(EntryKey key, Digest digest, JsonObject metadata, Platform machine, CancellationToken cancellationToken)
    {
        if (options.Servers.DownloadDirectory.Count == 0)
            return false;
        try
        {
            IReadOnlyList<SelectedEntry> trusted = await client.SelectTrustedAsync(key, cancellationToken).ConfigureAwait(false);
            SelectedEntry? found = trusted.FirstOrDefault(entry => SoftwareEntry.Judge(entry, machine, root) is { Fits: true, IsForRoot: true });
            return found is not null && found.Entry.Digest == digest && client.IsOwn(found) && HasSameMetadata(found.Entry, metadata) && SaysEnough(found.Entry);
        }
        catch (NetworkCacheException e)
        {
            // A duplicate entry does no harm.
            options.OnWarning?.Invoke($"It is not known whether the release is listed already, so it is listed again: {e.Message}");
            return false;
        }
    }

    /// <summary>How long the same content took to build once is enough to know, however long it took the next time.</summary>
    private bool SaysEnough(SignedEntry entry) => binary.BuildTime is null || EntryWorth.Of(entry).BuildTime > TimeSpan.Zero;

    private static bool HasSameMetadata(SignedEntry entry, JsonObject metadata)
    {
        using var found = JsonDocument.Parse(entry.Information);
        using var wanted = JsonDocument.Parse(metadata.ToJsonString());
        return wanted.RootElement.EnumerateObject().All(
            member => found.RootElement.TryGetProperty(member.Name, out JsonElement value) && JsonElement.DeepEquals(value, member.Value));
    }
}

/// <summary>The outcome of a publication.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Explanation">The same in a line, for people.</param>
/// <param name="Key">The key under which the release is listed.</param>
/// <param name="Folder">The folder of the release.</param>
/// <param name="Upload">What is stored; null when it was skipped.</param>
public sealed record PublishResult(PublishStatus Status, string Explanation, EntryKey Key, string Folder, UploadResult? Upload)
{
    /// <summary>The longest root, in bytes, that the release can be moved to; null when nothing but the system limits it, 0 when it cannot be moved.</summary>
    public int? LongestRoot { get; init; }
}

/// <summary>How a publication ended.</summary>
public enum PublishStatus
{
    /// <summary>The release is stored and listed.</summary>
    Published,

    /// <summary>This machine's entry for this very archive is what others find already: nothing was sent.</summary>
    AlreadyPublished,

    /// <summary>The upload blacklist has the URL. Nothing was read.</summary>
    Blacklisted,

    /// <summary>The folder holds a file <c>.shared</c>. Nothing was read.</summary>
    Shared,
}
