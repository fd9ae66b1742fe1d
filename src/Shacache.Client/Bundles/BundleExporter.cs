using System.Globalization;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Client.Bundles;

/// <summary>Writes entries and their content into one file that can be carried, with a signed index (docs/bundle-format.md).</summary>
/// <remarks>
/// Entries are taken from any server of the protocol as it lists them, character for character. Each content is written once, and verified while it arrives. An entry whose content
/// cannot be downloaded is left out and reported. The file appears whole and flushed to disk, or not at all; an existing one is never replaced.
/// </remarks>
/// <param name="options">Servers, timeouts, and the private key that signs.</param>
/// <param name="export">Null for the defaults.</param>
/// <param name="timeProvider">The clock; that of the system when null.</param>
public sealed class BundleExporter(NetworkCacheOptions options, BundleExportOptions? export = null, TimeProvider? timeProvider = null)
{
    private readonly BundleExportOptions _export = export ?? new BundleExportOptions();

    /// <summary>Exports all entries under keys, and their content.</summary>
    /// <param name="keys">The keys; one that comes twice is exported once.</param>
    /// <param name="path">The file that is to appear; its folder exists and has the room.</param>
    /// <param name="progress">Gets the bytes of content received. Their total is not known in advance.</param>
    /// <param name="cancellationToken">Stops; no file is left.</param>
    /// <exception cref="UntrustedSigningKeyException">The configured private key has no certificate in the list: no client with this list could import the bundle.</exception>
    /// <exception cref="NetworkCacheConfigurationException">No server or no private key is configured, or it cannot be read.</exception>
    /// <exception cref="NetworkCacheUnavailableException">The server no longer answers.</exception>
    /// <exception cref="NetworkCacheRefusedException">The server does not let this machine read (401).</exception>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public async Task<BundleExportResult> ExportAsync(
        IAsyncEnumerable<EntryKey> keys, string path, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Http.Failover.EnsureConfigured(options.Servers.DownloadCache, "download-cache-url");
        Http.Failover.EnsureConfigured(options.Servers.DownloadDirectory, "download-dir-url");
        if (options.SignaturePrivateKeyFile is null && !_export.AllowUnsigned)
            Http.Failover.EnsureConfigured([], "signature-private-key-file");
        using var client = new NetworkCacheClient(options, timeProvider);
        client.EnsureCanSign();
        string target = Path.GetFullPath(path);
        var file = AtomicFile.Create(target);
        await using (file.ConfigureAwait(false))
        {
            if (Path.Exists(target) && !file.IsPassedOn)
                throw new IOException($"{path} exists and is not replaced: give another name, or move it away first.");
            BundleExportResult result = await file.WriteAsync(_ => WriteAsync(
                keys, file, file.IsPassedOn ? Path.GetTempPath() : Path.GetDirectoryName(target)!, client, progress, cancellationToken)).ConfigureAwait(false);
            await file.PublishNewAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
    }

    private async Task<BundleExportResult> WriteAsync(
        IAsyncEnumerable<EntryKey> keys, AtomicFile file, string folder, NetworkCacheClient client, IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        DateTimeOffset now = (timeProvider ?? TimeProvider.System).GetUtcNow();
        var writer = new BundleWriter(file.Stream.SafeFileHandle, now);
        var head = new IndexSpool(folder);
        await using var _ = head.ConfigureAwait(false);
        var contentLines = new IndexSpool(folder);
        await using var _2 = contentLines.ConfigureAwait(false);
        var contents = new ContentExport(writer, client, contentLines, folder, new ProgressTally(progress, TransferStage.Downloading, null));
        var entries = new EntryExport(writer, client, contents, _export.OnRefused, folder);
        await using var _3 = entries.ConfigureAwait(false);
        await entries.RunAsync(keys, _export.Jobs, cancellationToken).ConfigureAwait(false);

        head.Add($"{BundleIndex.Magic}");
        head.Add($"created {now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}");
        head.Add($"source {options.Servers.DownloadDirectory[0]}");
        head.Add($"contents {contents.Count}");
        head.Add($"entries {entries.EntryCount}");
        TrustedKey? signer = null;
        long lengthBytes = await writer.FinishAsync([head.Read(), contentLines.Read(), entries.ReadLines()], Sign, cancellationToken).ConfigureAwait(false);
        return new BundleExportResult(
            lengthBytes, entries.KeyCount, entries.EntryCount, contents.Count, contents.Bytes, entries.RefusedCount, entries.EmptyKeyCount, signer?.Subject)
        {
            MissingDocuments = entries.MissingDocumentCount,
        };

        (string, string)? Sign(Digest digest)
        {
            if (client.SignDigest(digest) is not { } signed)
                return null;
            signer = signed.Signer;
            return (signed.Signature, signer.Fingerprint);
        }
    }
}

/// <summary>How a bundle is made.</summary>
public sealed record BundleExportOptions
{
    /// <summary>Make it without a signature when no private key is configured. Default false: that is an error.</summary>
    public bool AllowUnsigned { get; init; }

    /// <summary>How many keys are looked up and downloaded at the same time. Default 8, at least 1.</summary>
    public int Jobs { get; init; } = 8;

    /// <summary>Called for each entry that is left out, and for each key that has none, from any thread, one call at a time.</summary>
    public Action<BundleRefusal>? OnRefused { get; init; }
}

/// <summary>What an export wrote.</summary>
/// <param name="LengthBytes">Length of the file.</param>
/// <param name="Keys">Keys with at least one entry in it.</param>
/// <param name="Entries">Entries in it.</param>
/// <param name="Contents">Contents in it.</param>
/// <param name="ContentBytes">Bytes of all of them.</param>
/// <param name="RefusedEntries">Entries that were left out, since their content could not be downloaded.</param>
/// <param name="EmptyKeys">Keys under which nothing is listed, or that could not be looked up.</param>
/// <param name="Signer">The subject of the certificate whose key signed it; null when it is not signed.</param>
public sealed record BundleExportResult(
    long LengthBytes, int Keys, int Entries, int Contents, long ContentBytes, int RefusedEntries, int EmptyKeys, string? Signer)
{
    /// <summary>Relocation maps and requirements of releases that could not be downloaded: those releases cannot be moved where the bundle is imported.</summary>
    public int MissingDocuments { get; init; }

    /// <summary>Whether everything that was asked for is in it.</summary>
    public bool IsComplete => RefusedEntries == 0 && EmptyKeys == 0 && MissingDocuments == 0;
}
