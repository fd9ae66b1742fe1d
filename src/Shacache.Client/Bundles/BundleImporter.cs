using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Signing;

namespace Shacache.Client.Bundles;

/// <summary>Imports bundles: files in which entries and their content were carried (docs/bundle-format.md).</summary>
/// <remarks>
/// <para>Everything is verified before anything is sent. What is damaged is refused by name, and all else is imported: contents that the server lacks, then
/// entries that it lacks, the oldest of a key first, so that the newest are listed first. Nothing on the server is replaced.</para>
/// <para>An interrupted import is run again: only what is missing is sent. The file must not change during the import. It uses the first server of
/// <c>upload-cache-url</c> and the first of <c>upload-dir-url</c>, which must also answer reads.</para>
/// </remarks>
/// <param name="options">Servers, credentials, trusted certificates, policies.</param>
/// <param name="import">Null for the defaults.</param>
/// <param name="timeProvider">The clock; that of the system when null.</param>
public sealed class BundleImporter(NetworkCacheOptions options, BundleImportOptions? import = null, TimeProvider? timeProvider = null)
{
    private readonly BundleImportOptions _import = import ?? new BundleImportOptions();
    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;

    /// <summary>Verifies a bundle, and imports nothing. No server is asked.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Gets the bytes of content that were compared.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BundleException">It is not a bundle, no copy of its index is whole, or it has no trusted signature.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public async Task<BundleCheckResult> CheckAsync(
        string path, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var client = new NetworkCacheClient(options, _timeProvider);
        using BundleFile bundle = BundleFile.Open(path, cancellationToken);
        TrustedKey? signer = FindSigner(path, bundle, client.TrustedKeys);
        BundleVerification verification = Verification(bundle, client);
        await verification.RunAsync(progress, cancellationToken).ConfigureAwait(false);
        return Result(bundle, signer, verification);
    }

    /// <summary>Verifies a bundle, then imports what is right and what the server lacks.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Gets the bytes that were compared, then those that were sent or present.</param>
    /// <param name="cancellationToken">Stops; what the server has by then it keeps.</param>
    /// <exception cref="BundleException">It is not a bundle, no copy of its index is whole, or it has no trusted signature. Nothing was sent.</exception>
    /// <exception cref="NetworkCacheUnavailableException">The server does not answer any more. Import again to go on.</exception>
    /// <exception cref="NetworkCacheRefusedException">The server does not know this machine (401), or has no room (507).</exception>
    /// <exception cref="NetworkCacheConfigurationException">No server is configured, or a credential cannot be read.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public async Task<BundleImportResult> ImportAsync(
        string path, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CacheServers servers = options.Servers;
        Http.Failover.EnsureConfigured(servers.UploadCache, "upload-cache-url");
        Http.Failover.EnsureConfigured(servers.UploadDirectory, "upload-dir-url");
        // Content and entries belong together: to one server, not to whichever answers.
        NetworkCacheOptions single = options with
        {
            Servers = servers with { UploadCache = [servers.UploadCache[0]], UploadDirectory = [servers.UploadDirectory[0]] },
        };
        using var client = new NetworkCacheClient(single, _timeProvider);
        using BundleFile bundle = BundleFile.Open(path, cancellationToken);
        TrustedKey? signer = FindSigner(path, bundle, client.TrustedKeys);
        BundleVerification verification = Verification(bundle, client);
        await verification.RunAsync(progress, cancellationToken).ConfigureAwait(false);
        BundleCheckResult check = Result(bundle, signer, verification);

        var contents = new ContentImport(bundle, verification, client);
        await contents.RunAsync(_import.Jobs, progress, cancellationToken).ConfigureAwait(false);
        var entries = new EntryImport(bundle, verification, client, options.OnWarning);
        await entries.RunAsync(_import.Jobs, cancellationToken).ConfigureAwait(false);
        return new BundleImportResult
        {
            Check = check,
            UploadedContents = contents.UploadedCount,
            UploadedBytes = contents.UploadedBytes,
            PresentContents = contents.PresentCount,
            AddedEntries = entries.AddedCount,
            PresentEntries = entries.PresentCount,
            RefusedEntries = verification.RefusedCount,
            SharedKeys = entries.SharedKeyCount,
            DroppedEntries = entries.DroppedCount,
        };
    }

    private TrustedKey? FindSigner(string path, BundleFile bundle, TrustedKeys trusted)
    {
        if (bundle.FindSigner(trusted) is { } signer)
            return signer;
        if (_import.AllowUntrusted)
            return null;
        throw new BundleException(bundle.Seal.Signature is null
            ? $"{path} is not signed. Nothing of it is used; allow untrusted bundles if you know where it is from."
            : $"{path} is signed by a key that none of the {trusted.Keys.Count} readable certificates in signature-certificate-list belongs to " +
                $"(it names the certificate {OneLine.Of(bundle.Seal.Signer ?? "-")}). Nothing of it is used; add the certificate to the list if you trust it.");
    }

    private BundleVerification Verification(BundleFile bundle, NetworkCacheClient client) =>
        new(bundle, new EntryJudge(client.TrustedKeys, options.SignaturePolicy, options.KeyBinding, _timeProvider), _import);

    private static BundleCheckResult Result(BundleFile bundle, TrustedKey? signer, BundleVerification verification) => new()
    {
        Created = bundle.Index.Created,
        Source = bundle.Index.Source,
        Signer = signer?.Subject,
        Contents = bundle.Index.Contents.Count,
        ContentBytes = bundle.Index.ContentBytes,
        Entries = bundle.Index.EntryCount,
        AcceptedEntries = verification.AcceptedCount,
        RefusedEntries = verification.RefusedCount,
        ExpiredEntries = verification.ExpiredCount,
        UntrustedEntries = verification.UntrustedCount,
        Damages = [.. bundle.Damages],
    };
}

/// <summary>How a bundle is imported.</summary>
public sealed record BundleImportOptions
{
    /// <summary>Accept a bundle without a trusted signature. Digests are still compared. Default false.</summary>
    public bool AllowUntrusted { get; init; }

    /// <summary>Refuse entries that the configuration does not trust. Default false: clients decide which signers they trust, not the operator who imports.</summary>
    public bool OnlyTrustedEntries { get; init; }

    /// <summary>How many contents or keys are under way at the same time. Default 8, at least 1.</summary>
    public int Jobs { get; init; } = 8;

    /// <summary>Called for each entry that is refused, from any thread, one call at a time.</summary>
    public Action<BundleRefusal>? OnRefused { get; init; }
}

/// <summary>What was found in a bundle.</summary>
public sealed record BundleCheckResult
{
    /// <summary>When it was made, as its maker says.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The URL of the directory that it was made from, as its maker says.</summary>
    public required string Source { get; init; }

    /// <summary>The subject of the trusted certificate whose key signed it; null when none did.</summary>
    public required string? Signer { get; init; }

    /// <summary>Contents in it.</summary>
    public required int Contents { get; init; }

    /// <summary>Bytes of all of them.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>Entries in it.</summary>
    public required int Entries { get; init; }

    /// <summary>Entries that may be imported: they are whole, and so is their content.</summary>
    public required int AcceptedEntries { get; init; }

    /// <summary>Entries that were refused; <see cref="BundleImportOptions.OnRefused"/> was called for each.</summary>
    public required int RefusedEntries { get; init; }

    /// <summary>Entries past their <c>expiration_date</c>, which are neither accepted nor refused: no server would list them.</summary>
    public required int ExpiredEntries { get; init; }

    /// <summary>Of those accepted, the entries that this configuration does not trust.</summary>
    public required int UntrustedEntries { get; init; }

    /// <summary>One line for each part of the file that there are two of, and of which one is damaged.</summary>
    public required IReadOnlyList<string> Damages { get; init; }

    /// <summary>Whether nothing is damaged or refused.</summary>
    public bool IsWhole => Damages.Count == 0 && RefusedEntries == 0;
}

/// <summary>What an import did.</summary>
public sealed record BundleImportResult
{
    /// <summary>What was found in the file before anything was sent.</summary>
    public required BundleCheckResult Check { get; init; }

    /// <summary>Contents that the server did not have.</summary>
    public required int UploadedContents { get; init; }

    /// <summary>Bytes of those.</summary>
    public required long UploadedBytes { get; init; }

    /// <summary>Contents that the server had.</summary>
    public required int PresentContents { get; init; }

    /// <summary>Entries that the server did not have.</summary>
    public required int AddedEntries { get; init; }

    /// <summary>Entries that the server had, the same character for character.</summary>
    public required int PresentEntries { get; init; }

    /// <summary>Entries that were refused, before anything was sent or by the server; <see cref="BundleImportOptions.OnRefused"/> was called for each.</summary>
    public required int RefusedEntries { get; init; }

    /// <summary>Keys to which entries were added that had others on the server. Those are still there, and listed after the added ones.</summary>
    public required int SharedKeys { get; init; }

    /// <summary>Entries that the server listed before, or that were just added, and that it no longer lists: it limits the entries of a key.</summary>
    public required int DroppedEntries { get; init; }

    /// <summary>Whether every entry of the bundle that has not expired is now on the server, and the server dropped none.</summary>
    public bool IsComplete => RefusedEntries == 0 && DroppedEntries == 0;
}
