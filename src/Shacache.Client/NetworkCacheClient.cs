using System.Text.Json.Nodes;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Client;

/// <summary>Talks to a network cache: uploads and indexes, selects and downloads (docs/client-library.md).</summary>
/// <remarks>
/// Content is streamed, never held in memory. Every wait has a timeout, every failure that may pass is repeated with growing
/// pauses, and several servers of one option are tried in their order (<see cref="NetworkCacheOptions"/>). A server is never trusted
/// for what it sends: content is checked against its digest, entries against the trusted keys. Safe for concurrent use.
/// </remarks>
public sealed class NetworkCacheClient : IDisposable
{
    private readonly NetworkCacheOptions _options;
    private readonly SharedClientState _shared;
    private readonly bool _isOwner;
    private readonly Failover _failover;

    /// <summary>Creates a client. Nothing is opened or sent yet.</summary>
    /// <param name="options">Servers, keys and limits.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    /// <exception cref="NetworkCacheConfigurationException">A proxy variable of the environment is no URL.</exception>
    public NetworkCacheClient(NetworkCacheOptions options, TimeProvider? timeProvider = null)
        : this(new SharedClientState(options, timeProvider ?? TimeProvider.System), options) => _isOwner = true;

    private NetworkCacheClient(SharedClientState shared, NetworkCacheOptions options)
    {
        _shared = shared;
        _options = options;
        _failover = new Failover(options, shared.TimeProvider);
    }

    /// <summary>The keys whose entries are trusted. Its warnings went to <see cref="NetworkCacheOptions.OnWarning"/> too.</summary>
    public TrustedKeys TrustedKeys => _shared.TrustedKeys;

    /// <inheritdoc cref="SharedClientState.Origins"/>
    internal HttpTransport Origins => _shared.Origins;

    /// <summary>The same client with other limits and warnings: it shares connections, keys and what is known of servers, and ends with this one.</summary>
    /// <param name="limits">Those of this client, but for timeouts, rate, retries, redirects, lengths and warnings.</param>
    internal NetworkCacheClient With(NetworkCacheOptions limits) => new(_shared, limits);

    /// <summary>Uploads a file, unless the server has it.</summary>
    /// <inheritdoc cref="UploadAsync"/>
    public async Task<UploadResult> UploadFileAsync(
        string path, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        FileStream file = new(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 });
        await using (file.ConfigureAwait(false))
            return await UploadAsync(file, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Uploads the rest of a stream, from its position on, unless the server has it.</summary>
    /// <remarks>
    /// What this client downloaded with a wrong digest is sent in any case, which repairs the server's copy.
    /// The content is read once for its digest, and once more when it is sent. When this returns, a server of
    /// <c>upload-cache-url</c> has it and has confirmed its digest.
    /// </remarks>
    /// <param name="content">Can seek; not disposed.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellationToken">Stops; the server stores nothing of an unfinished upload.</param>
    /// <exception cref="UntrustedSigningKeyException">The configured private key has no certificate in the list. Nothing was sent.</exception>
    /// <exception cref="DigestMismatchException">The server says that it stored other bytes.</exception>
    /// <exception cref="NetworkCacheRefusedException">The server refuses it: not allowed, too large, no room.</exception>
    /// <exception cref="NetworkCacheUnavailableException">No server took it.</exception>
    /// <exception cref="NetworkCacheConfigurationException">No server is configured, or a key or certificate cannot be read.</exception>
    /// <exception cref="IOException">The content cannot be read, or changed meanwhile.</exception>
    public async Task<UploadResult> UploadAsync(
        Stream content, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (!content.CanSeek)
            throw new ArgumentException("The stream must be able to seek: its digest is computed before it is sent.", nameof(content));
        string option = _options.Servers.UploadCacheOption;
        Failover.EnsureConfigured(_options.Servers.UploadCache, option);
        _shared.Signer.EnsureUsable();
        var uploader = new ContentUploader(_shared.Cache, _options, content, progress) { IsDoubted = _shared.IsDoubted };
        Digest digest = await uploader.HashAsync(cancellationToken).ConfigureAwait(false);
        return await _failover.RunAsync(_options.Servers.UploadCache, option, null, uploader.UploadAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lists a content under a key: composes the entry, signs it when a private key is configured, and puts it.</summary>
    /// <param name="key">The key, see <see cref="EntryKeys"/>.</param>
    /// <param name="digest">The content, uploaded before.</param>
    /// <param name="metadata">
    /// More members of the entry, in their order. <c>sha512</c> goes first; <c>key</c> and <c>created</c> (UTC) are added at the end
    /// unless they are there, and when it is signed <c>sig2</c>, the stronger signature.
    /// </param>
    /// <param name="cancellationToken">Stops; the entry may have been added or not.</param>
    /// <returns>The entry as it is listed: the one that was put, or one of the same key that says the same but for the time, and was there already.</returns>
    /// <exception cref="ArgumentException">The metadata contradict the digest or the key, or make no well-formed entry.</exception>
    /// <exception cref="CredentialsInEntryException">Key or metadata hold what looks like a credential.</exception>
    /// <exception cref="UntrustedSigningKeyException">The configured private key has no certificate in the list. Nothing was sent.</exception>
    /// <exception cref="NetworkCacheRefusedException">The server refuses the entry.</exception>
    /// <exception cref="NetworkCacheUnavailableException">No server took it.</exception>
    /// <exception cref="NetworkCacheConfigurationException">No server is configured, or a key or certificate cannot be read.</exception>
    public async Task<SignedEntry> IndexAsync(
        EntryKey key, Digest digest, JsonObject? metadata = null, CancellationToken cancellationToken = default)
    {
        string option = _options.Servers.UploadDirectoryOption;
        Failover.EnsureConfigured(_options.Servers.UploadDirectory, option);
        EnsureMayBeListed(key, metadata);
        (string information, string signature) = _shared.Signer.Sign(EntryText.Compose(key, digest, metadata, _shared.TimeProvider.GetUtcNow()));
        if (!SignedEntry.TryCreate(information, signature, out SignedEntry? entry, out string? problem))
            throw new ArgumentException($"The metadata make no well-formed entry: {problem}", nameof(metadata));
        var put = new EntryPut(_shared.Directory, _options, key, entry);
        return await _failover.RunAsync(
            _options.Servers.UploadDirectory, option, null, (server, token) => put.PutUnlessListedAsync(_shared.Signer.SignsAs, server, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Checks that an entry would hold nothing that looks like a credential (docs/security.md, "Credentials in URLs"): before anything is uploaded for it.</summary>
    /// <exception cref="CredentialsInEntryException">It would, and <see cref="NetworkCacheOptions.AllowCredentialsInEntries"/> is not set.</exception>
    public void EnsureMayBeListed(EntryKey key, JsonObject? metadata)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!_options.AllowCredentialsInEntries && EntryText.FindCredential(key, metadata) is { } found)
            throw new CredentialsInEntryException($"Nothing is listed: {found}, and everybody can read entries.");
    }

    /// <summary>Checks that what is uploaded could be stored, listed and read back as far as the configuration says: before an hour of packing.</summary>
    /// <exception cref="UntrustedSigningKeyException">The configured private key has no certificate in the list.</exception>
    /// <exception cref="NetworkCacheConfigurationException">No server is configured, or the key cannot be read.</exception>
    internal void EnsureCanUpload()
    {
        Failover.EnsureConfigured(_options.Servers.UploadCache, _options.Servers.UploadCacheOption);
        Failover.EnsureConfigured(_options.Servers.UploadDirectory, _options.Servers.UploadDirectoryOption);
        _shared.Signer.EnsureUsable();
    }

    /// <summary>Checks that there is both a server for entries and one for content: a node without one of the two downloads nothing.</summary>
    /// <exception cref="NetworkCacheConfigurationException">One is not configured.</exception>
    internal void EnsureCanDownload()
    {
        Failover.EnsureConfigured(_options.Servers.DownloadDirectory, _options.Servers.DownloadDirectoryOption);
        Failover.EnsureConfigured(_options.Servers.DownloadCache, _options.Servers.DownloadCacheOption);
    }

    /// <summary>Checks that what the configured private key signs could be verified by others with the same list. Without a key, there is nothing to check.</summary>
    /// <inheritdoc cref="EntrySigner.EnsureUsable"/>
    internal void EnsureCanSign() => _shared.Signer.EnsureUsable();

    /// <summary>Signs something long by its SHA-512.</summary>
    /// <inheritdoc cref="EntrySigner.SignDigest"/>
    internal (string Signature, TrustedKey Signer)? SignDigest(Digest digest) => _shared.Signer.SignDigest(digest);

    /// <summary>Uploads a content whose digest is known, unless the server has it.</summary>
    /// <param name="content">Can seek; sent from its position on.</param>
    /// <param name="digest">Its digest, with which the server's answer is compared.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <inheritdoc cref="UploadAsync" path="/exception"/>
    internal async Task<UploadResult> UploadKnownAsync(
        Stream content, Digest digest, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var uploader = new ContentUploader(_shared.Cache, _options, content, progress) { Digest = digest, IsDoubted = _shared.IsDoubted };
        return await _failover.RunAsync(_options.Servers.UploadCache, _options.Servers.UploadCacheOption, null, uploader.UploadAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts an entry as it is, with any signature.</summary>
    internal async Task PutAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken)
    {
        var put = new EntryPut(_shared.Directory, _options, key, entry);
        await _failover.RunAsync(_options.Servers.UploadDirectory, _options.Servers.UploadDirectoryOption, null, put.PutAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the first upload server lists under a key, and whether it certainly has that itself.</summary>
    internal async Task<StoredListing> ListStoredAsync(EntryKey key, CancellationToken cancellationToken)
    {
        var listing = new EntryListing(_shared.Directory, _options, key) { AsksServerAlone = true };
        return await _failover.RunAsync(
            _options.Servers.UploadDirectory, _options.Servers.UploadDirectoryOption, null, listing.ReadStoredAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the configured private key made the signature of an entry.</summary>
    internal bool IsOwn(SelectedEntry entry) => _shared.Signer.IsKeyOf(entry.Signer);

    /// <summary>All entries that a server lists under a key, in its order, each with the verdict about it.</summary>
    /// <remarks>Malformed entries are left out, with a warning. The first server of <c>download-dir-url</c> that lists any decides.</remarks>
    /// <returns>Empty when there are none.</returns>
    /// <exception cref="NetworkCacheRefusedException">The servers refuse to answer, or what they answer is no listing.</exception>
    /// <exception cref="NetworkCacheUnavailableException">No server answered.</exception>
    /// <exception cref="NetworkCacheConfigurationException">No server is configured.</exception>
    public async Task<IReadOnlyList<SelectedEntry>> SelectAsync(EntryKey key, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<SignedEntry> entries = await ListAsync(key, cancellationToken).ConfigureAwait(false);
        return [.. entries.Select(entry => _shared.Judge.Judge(key, entry))];
    }

    /// <summary>The same without verdicts.</summary>
    internal Task<IReadOnlyList<SignedEntry>> ListAsync(EntryKey key, CancellationToken cancellationToken) =>
        new EntryListing(_shared.Directory, _options, key).ReadAsync(_failover, cancellationToken);

    /// <summary>The verdict about an entry that came from elsewhere, such as a file.</summary>
    /// <param name="key">The key that it is listed under; null when that is not known: what ties it to a key is then not judged.</param>
    /// <param name="entry">The entry.</param>
    public SelectedEntry Judge(EntryKey? key, SignedEntry entry) => _shared.Judge.Judge(key, entry);

    /// <summary>The trusted entries of a key, in the server's order. Nothing else may be relied upon.</summary>
    /// <inheritdoc cref="SelectAsync"/>
    public async Task<IReadOnlyList<SelectedEntry>> SelectTrustedAsync(EntryKey key, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<SelectedEntry> entries = await SelectAsync(key, cancellationToken).ConfigureAwait(false);
        return [.. entries.Where(entry => entry.IsTrusted)];
    }

    /// <summary>Finds a server that has a content, without reading it: whether the bytes are right is not known then.</summary>
    /// <exception cref="ContentNotFoundException">No server has it.</exception>
    /// <exception cref="NetworkCacheException">It could not be learned; see <see cref="DownloadAsync"/>.</exception>
    public async Task<ContentLocation> LocateAsync(Digest digest, CancellationToken cancellationToken = default) =>
        await _failover.RunAsync(
            _options.Servers.DownloadCache, _options.Servers.DownloadCacheOption, digest, new ContentProbe(_shared.Cache, _options, digest).LocateAsync, cancellationToken).ConfigureAwait(false);

    /// <summary>Downloads a content into a stream.</summary>
    /// <remarks>
    /// A stream that can seek is written from its position on, and cut there and written again when a transfer must begin anew: in the end it
    /// holds the right bytes, or, when this throws, at most a part of them. A stream that cannot seek gets the bytes as they
    /// come: only when this has returned are they known to be right. Use <see cref="DownloadToFileAsync"/> for a file.
    /// </remarks>
    /// <param name="digest">The content.</param>
    /// <param name="destination">Where it goes; not disposed.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellationToken">Stops; a part may be in the destination.</param>
    /// <exception cref="ContentNotFoundException">No server has it.</exception>
    /// <exception cref="DigestMismatchException">What came has another digest.</exception>
    /// <exception cref="NetworkCacheRefusedException">The servers refuse it.</exception>
    /// <exception cref="NetworkCacheUnavailableException">No server delivered it whole.</exception>
    /// <exception cref="NetworkCacheConfigurationException">No server is configured.</exception>
    /// <exception cref="IOException">The destination failed.</exception>
    public Task<DownloadResult> DownloadAsync(
        Digest digest, Stream destination, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        DownloadFromAsync(_options.Servers.DownloadCache, digest, destination, progress, cancellationToken);

    /// <summary>Downloads a content into a file, which appears whole and flushed to disk, or not at all. An existing file is replaced.</summary>
    /// <remarks>
    /// A link stays, and what it leads to is replaced; a pipe, a terminal or another thing that no file can replace gets the content when it is verified.
    /// It is written in the target's folder without a name, or as <c>.shacache-*.part</c> where that is not possible, and gets its name when its
    /// digest is right.
    /// </remarks>
    /// <param name="digest">The content.</param>
    /// <param name="path">The target; its folder exists.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellationToken">Stops; nothing is left over.</param>
    /// <inheritdoc cref="DownloadAsync"/>
    public async Task<DownloadResult> DownloadToFileAsync(
        Digest digest, string path, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var file = AtomicFile.Create(path);
        await using (file.ConfigureAwait(false))
        {
            DownloadResult result = await file.WriteAsync(stream => DownloadAsync(digest, stream, progress, cancellationToken)).ConfigureAwait(false);
            await file.PublishAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
    }

    /// <summary>Downloads from some of the configured servers only.</summary>
    internal async Task<DownloadResult> DownloadFromAsync(
        IReadOnlyList<CacheUrl> servers, Digest digest, Stream destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var verified = new VerifiedDestination(destination);
        return await DownloadVerifiedAsync(servers, digest, verified, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same, into a destination that computes checksums, too.</summary>
    internal async Task<DownloadResult> DownloadVerifiedAsync(
        IReadOnlyList<CacheUrl> servers, Digest digest, VerifiedDestination verified, IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        var downloader = new ContentDownloader(_shared.Cache, _options, digest, verified, progress) { OnMismatch = _shared.Doubt };
        return await _failover.RunAsync(servers, _options.Servers.DownloadCacheOption, digest, downloader.DownloadAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOwner)
            _shared.Dispose();
    }
}
