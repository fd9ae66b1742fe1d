using System.Diagnostics.CodeAnalysis;
using Shacache.Client.Archives;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Relocation.Reports;
using Shacache.Client.Transfers;
using Shacache.Core.Entries;
using Shacache.Core.Platforms;

namespace Shacache.Client.Binaries;

/// <summary>The cache of built software releases: publishes what was built here, installs what was built elsewhere (docs/protocol.md, "Binary cache").</summary>
/// <remarks>
/// A release is a folder <c>&lt;software root&gt;/&lt;MD5 of its URL&gt;</c>. The servers are those of the <c>binary</c> options alone.
/// Memory does not depend on the size of a release. Linux only. Safe for concurrent use.
/// </remarks>
[SuppressMessage("Design", "CA1054", Justification = "A key is made of the URL's text; System.Uri would change it.")]
public sealed class BinaryCache
{
    private readonly NetworkCacheOptions _options;
    private readonly BinaryCacheOptions _binary;
    private readonly TimeProvider _timeProvider;
    private readonly Lazy<Platform> _platform;

    /// <summary>Creates one. Nothing is opened or sent yet.</summary>
    /// <param name="options">Servers, keys, lists and limits.</param>
    /// <param name="binary">Folder, platform and limits of archives; null for the defaults.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public BinaryCache(NetworkCacheOptions options, BinaryCacheOptions? binary = null, TimeProvider? timeProvider = null)
    {
        _options = options.ForBinaries();
        _binary = binary ?? new BinaryCacheOptions();
        _timeProvider = timeProvider ?? TimeProvider.System;
        _platform = new Lazy<Platform>(() => _binary.Platform ?? PlatformDetection.Detect());
    }

    /// <summary>What this machine is.</summary>
    /// <exception cref="PlatformNotSupportedException">It was not given, and cannot be detected.</exception>
    public Platform Platform => _platform.Value;

    /// <summary>Packs, uploads and lists the folder of a release, unless it is blacklisted or shared.</summary>
    /// <remarks>
    /// The archive goes through a nameless file in the software root, or in <c>TMPDIR</c> when that is set, since the upload begins with its length and digest. The same folder gives the same archive: publishing it again sends nothing and lists nothing
    /// twice. A request that fails temporarily is made three times in all.
    /// </remarks>
    /// <param name="softwareUrl">The URL of the release, as nodes are configured with it.</param>
    /// <param name="progress">Called while it is packed and uploaded.</param>
    /// <param name="cancellationToken">Stops; the content may be stored, but it is not listed.</param>
    /// <exception cref="ArchiveException">The folder is missing, cannot be read, or changed in the meantime.</exception>
    /// <exception cref="NetworkCacheException">It could not be stored or listed; see <see cref="NetworkCacheClient.UploadAsync"/>.</exception>
    /// <exception cref="IOException">There is no room for the archive.</exception>
    /// <exception cref="PlatformNotSupportedException">The platform was not given, and cannot be detected.</exception>
    public async Task<PublishResult> PublishAsync(
        string softwareUrl, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var client = new NetworkCacheClient(SoftwarePublisher.WithThreeTries(_options), _timeProvider);
        var publisher = new SoftwarePublisher(client, _options, _binary, Root);
        return await publisher.PublishAsync(softwareUrl, () => Platform, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Installs a release: the first trusted entry, in the server's order, that fits this machine and whose content arrives whole; those of this software root first.</summary>
    /// <remarks>
    /// One that was built in another root is moved to this one while it is extracted, if its relocation map allows that (docs/relocation.md).
    /// It is downloaded, verified and extracted at the same time, beside its place, and renamed into it at the end: at any instant,
    /// crashes included, there is the whole release or none. An entry whose content is missing or wrong is skipped with a warning.
    /// </remarks>
    /// <param name="softwareUrl">The URL of the release.</param>
    /// <param name="progress">Called while it is downloaded.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing on disk.</param>
    /// <exception cref="ArchiveException">
    /// What was signed is not an archive that may be installed (<see cref="BinaryCacheOptions.Extraction"/>), or it cannot be written here.
    /// </exception>
    /// <exception cref="NetworkCacheException">What is listed could not be learned.</exception>
    /// <exception cref="IOException">There is no software root.</exception>
    /// <exception cref="PlatformNotSupportedException">The platform was not given, and cannot be detected.</exception>
    public async Task<InstallResult> InstallAsync(
        string softwareUrl, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        string root = Root;
        var installer = new SoftwareInstaller(this, _options, _binary with { ForSlapgrid = _binary.ForSlapgrid ?? IsSlapgrids(root) }, root, _timeProvider);
        return await installer.InstallAsync(softwareUrl, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All entries of a release, in the server's order, trusted or not, for this machine or not.</summary>
    /// <param name="key">The key of the release, <see cref="EntryKeys.ForSoftwareRelease"/>.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="NetworkCacheException">What is listed could not be learned.</exception>
    /// <exception cref="PlatformNotSupportedException">The platform was not given, and cannot be detected.</exception>
    public async Task<IReadOnlyList<SoftwareEntry>> LookUpAsync(EntryKey key, CancellationToken cancellationToken = default)
    {
        using var client = new NetworkCacheClient(_options, _timeProvider);
        return await LookUpAsync(client, key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reports what the first trusted entry of a release that fits this machine, or else the first trusted one, says of moving it.</summary>
    /// <param name="softwareUrl">The URL of the release.</param>
    /// <param name="wantedRoot">The root that it would be moved to; null for any that is not longer.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Null when no trusted entry has the documents of a release.</returns>
    /// <exception cref="NetworkCacheException">What is listed could not be learned, or a document not be had.</exception>
    /// <exception cref="FormatException">A document is malformed, or of a newer version.</exception>
    public async Task<ReleaseReport?> CheckAsync(string softwareUrl, string? wantedRoot, CancellationToken cancellationToken = default)
    {
        using var client = new NetworkCacheClient(_options, _timeProvider);
        client.EnsureCanDownload();
        IReadOnlyList<SoftwareEntry> listed = await LookUpAsync(client, EntryKeys.ForSoftwareRelease(softwareUrl), cancellationToken).ConfigureAwait(false);
        ReleaseDocuments? documents = listed.Where(entry => entry.Selected.IsTrusted).OrderBy(entry => entry.Fits ? 0 : 1)
            .Select(entry => ReleaseDocuments.Find(entry.Selected.Entry)).FirstOrDefault(found => found is not null);
        return documents is null ? null : await documents.ReportAsync(client, wantedRoot, _binary.Platform, cancellationToken).ConfigureAwait(false);
    }

    internal async Task<IReadOnlyList<SoftwareEntry>> LookUpAsync(NetworkCacheClient client, EntryKey key, CancellationToken cancellationToken)
    {
        Platform machine = Platform;
        IReadOnlyList<SelectedEntry> entries = await client.SelectAsync(key, cancellationToken).ConfigureAwait(false);
        string? root = FindRoot();
        SoftwareEntry[] judged = [.. entries.Select(entry => SoftwareEntry.Judge(entry, machine, root))];
        if (_options.PlatformMatch == PlatformMatch.Exact)
            return judged;
        var judge = new CompatibilityJudge(client, machine, _options.OnWarning);
        for (int i = 0; i < judged.Length; i++)
            judged[i] = await judge.JudgeAsync(judged[i], cancellationToken).ConfigureAwait(false);
        return judged;
    }

    /// <summary>Without a slash at its end, as Python nodes write and compare it.</summary>
    private string Root => FindRoot() ?? throw new NetworkCacheConfigurationException(
        "Option software_root of section [slapos] is not set; it, or a root given explicitly, says where software releases are.")
    {
        Section = "slapos",
        Option = "software_root",
    };

    private string? FindRoot() => (_binary.SoftwareRoot ?? _options.SoftwareRoot) is { } root ? SoftwareRoot.Resolve(root) : null;

    private bool IsSlapgrids(string root) => _options.SoftwareRoot is { } slapgrids && SoftwareRoot.Resolve(slapgrids) == root;
}

/// <summary>What a <see cref="BinaryCache"/> needs in addition to servers, keys and lists.</summary>
public sealed record BinaryCacheOptions
{
    /// <summary>The folder that holds one folder for each software release. Null: <c>software_root</c> of [slapos].</summary>
    public string? SoftwareRoot { get; init; }

    /// <summary>
    /// Whether a release that was built in another software root and cannot be moved, as its entry names no relocation map, is installed as it is when there is nothing
    /// better. By default not: it holds absolute paths to its own files, which lead nowhere then.
    /// </summary>
    public bool AnyRoot { get; init; }

    /// <summary>Whether only what was built in this software root is installed; by default a release of another root is moved.</summary>
    public bool SameRootOnly { get; init; }

    /// <summary>
    /// Whether a release appears without the proof that its programs find their libraries and interpreters here as they did where it was published. By default
    /// it is proven; one whose entry names no requirements cannot be.
    /// </summary>
    public bool NoProof { get; init; }

    /// <summary>
    /// Whether an installed release gets the file <c>.completed</c>, without which slapgrid builds over it. Null: when the root is <c>software_root</c> of [slapos].
    /// </summary>
    public bool? ForSlapgrid { get; init; }

    /// <summary>The platform of this machine. Null: it is detected from os-release and the processor.</summary>
    public Platform? Platform { get; init; }

    /// <summary>How long a release that is published took to build; null when that is not known. A server may keep longer what took longer.</summary>
    public TimeSpan? BuildTime { get; init; }

    /// <summary>How a release is packed.</summary>
    public ArchiveOptions Packing { get; init; } = new();

    /// <summary>What an archive may do when it is installed.</summary>
    public ExtractionOptions Extraction { get; init; } = new();
}
