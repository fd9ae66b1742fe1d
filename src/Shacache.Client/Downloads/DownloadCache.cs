using System.Diagnostics.CodeAnalysis;
using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Client.Transfers;

namespace Shacache.Client.Downloads;

/// <summary>Fetches files by their URLs: from the network cache, otherwise from their origin, and then gives them to the cache.</summary>
/// <remarks>
/// The cache only ever helps. When it is down, slow, wrong or misconfigured, that is a warning (<see cref="NetworkCacheOptions.OnWarning"/>),
/// and the origin is asked within <see cref="DownloadCacheOptions.CacheTimeout"/>; when the origin is down, what the cache has serves. A cached
/// copy is used when a trusted key signed its entry and its digest is the one that was signed. URLs of
/// <see cref="NetworkCacheOptions.DownloadCacheUrlBlacklist"/> are neither looked up nor contributed. Safe for concurrent use.
/// </remarks>
[SuppressMessage("Design", "CA1054", Justification = "A key is made of the URL's text; System.Uri would change it.")]
public sealed class DownloadCache : IDisposable
{
    private readonly NetworkCacheOptions _options;
    private readonly DownloadCacheOptions _policy;
    private readonly TimeProvider _timeProvider;
    private readonly CacheHealth _health;
    private readonly CacheClients _clients;
    private readonly Contribution _contribution;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="options">Servers, keys and limits; its timeouts and retries apply to the origin, too.</param>
    /// <param name="policy">What may be asked, and how long; the defaults when null.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    /// <exception cref="ArgumentException">The policy contradicts itself.</exception>
    /// <exception cref="NetworkCacheConfigurationException">
    /// Only the cache may be asked, but <c>download-cache-url</c> or <c>download-dir-url</c> is not set; or a proxy variable of the environment is no URL.
    /// </exception>
    public DownloadCache(NetworkCacheOptions options, DownloadCacheOptions? policy = null, TimeProvider? timeProvider = null)
    {
        _options = options;
        _policy = policy ?? new DownloadCacheOptions();
        _timeProvider = timeProvider ?? TimeProvider.System;
        if (!_policy.UseCache && !_policy.UseOrigin)
            throw new ArgumentException("Neither the cache nor the origin may be asked.", nameof(policy));
        if (_policy.Revalidate && !(_policy.UseCache && _policy.UseOrigin))
            throw new ArgumentException("Only when both the cache and the origin may be asked, the one is checked against the other.", nameof(policy));
        if (_policy.Refresh && (!(_policy.UseCache && _policy.UseOrigin) || _policy.Revalidate))
            throw new ArgumentException("Only when both the cache and the origin may be asked, the one is refreshed from the other.", nameof(policy));
        if (!_policy.UseOrigin)
        {
            Failover.EnsureConfigured(options.Servers.DownloadDirectory, "download-dir-url");
            Failover.EnsureConfigured(options.Servers.DownloadCache, "download-cache-url");
        }

        _health = new CacheHealth(_policy, options.OnWarning, _timeProvider);
        _clients = new CacheClients(options, _policy, _health, _timeProvider);
        _contribution = new Contribution(_clients.Upload, new CacheHealth(_policy, options.OnWarning, _timeProvider), _policy, options);
    }

    /// <summary>Whether there is a cache that can be asked.</summary>
    private bool HasCache => _options.Servers.DownloadDirectory.Count > 0 || _options.Servers.DownloadCache.Count > 0;

    /// <summary>Fetches a URL into a file, which appears whole, verified and flushed to disk, or not at all. An existing file is replaced.</summary>
    /// <remarks>Nothing is left over, however the process ends. The file is in place before it is contributed to the cache.</remarks>
    /// <param name="url">An http or https URL, exactly as others write it: the key is made of its text.</param>
    /// <param name="path">The target; its folder exists.</param>
    /// <param name="checksums">What is known of the file; each is verified. None when null.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellationToken">Stops. The file is there or not, never in part.</param>
    /// <exception cref="FormatException">It is no such URL.</exception>
    /// <exception cref="NotCachedException">The cache has no usable copy, and the origin may not be asked.</exception>
    /// <exception cref="ChecksumMismatchException">The origin sent something else.</exception>
    /// <exception cref="NetworkCacheException">Neither the cache nor the origin delivered it whole.</exception>
    /// <exception cref="IOException">The target cannot be written.</exception>
    public async Task<FetchResult> FetchToFileAsync(
        string url, string path, IReadOnlyList<Checksum>? checksums = null, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var target = FetchTarget.Parse(url, _options, _policy.Requirement);
        var file = AtomicFile.Create(path);
        await using (file.ConfigureAwait(false))
        {
            return await file.WriteAsync(stream => FetchAsync(
                target, stream, checksums ?? [], progress, () => file.PublishAsync(cancellationToken), cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>Fetches a URL into a stream: all of it, or, when this throws, at most a part.</summary>
    /// <param name="url">An http or https URL, exactly as others write it: the key is made of its text.</param>
    /// <param name="destination">Empty; can seek, read and write. Not disposed.</param>
    /// <param name="checksums">What is known of the content; each is verified. None when null.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <inheritdoc cref="FetchToFileAsync"/>
    public async Task<FetchResult> FetchAsync(
        string url, Stream destination, IReadOnlyList<Checksum>? checksums = null, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (!destination.CanSeek || !destination.CanRead || destination.Length > 0)
            throw new ArgumentException("The stream must be empty, and able to seek and to read: what came may have to be taken back.", nameof(destination));
        return await FetchAsync(
            FetchTarget.Parse(url, _options, _policy.Requirement), destination, checksums ?? [], progress, () => Task.CompletedTask, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches a URL into a temporary file without a name, and opens that: for who wants the content, but no file.</summary>
    /// <param name="url">An http or https URL, exactly as others write it: the key is made of its text.</param>
    /// <param name="checksums">What is known of the content; each is verified. None when null.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The verified content, at its beginning; it is gone when it is disposed.</returns>
    /// <inheritdoc cref="FetchToFileAsync"/>
    public async Task<Stream> OpenAsync(
        string url, IReadOnlyList<Checksum>? checksums = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        await TemporaryFile.FillAsync(
            Path.GetTempPath(), temporary => FetchAsync(url, temporary, checksums, progress, cancellationToken)).ConfigureAwait(false);

    /// <summary>The name under which a URL is saved: the last segment of its path, unescaped.</summary>
    /// <returns>Null when that cannot be the name of a file, and for keys.</returns>
    /// <exception cref="FormatException">It is no http or https URL, nor a key that deployed tools make.</exception>
    public static string? FindFileName(string url) => EntryKeys.FindIn(url) is null ? OriginUrl.Parse(url).FileName : null;

    /// <inheritdoc/>
    public void Dispose() => _clients.Dispose();

    private async Task<FetchResult> FetchAsync(
        FetchTarget target, Stream stream, IReadOnlyList<Checksum> asked, IProgress<TransferProgress>? progress, Func<Task> publishAsync,
        CancellationToken cancellationToken)
    {
        List<Checksum> checksums = [.. asked, .. target.Checksums];
        if (target.Content is { } content)
            checksums.Add(Checksum.Parse(ChecksumAlgorithm.Sha512, content.ToString()));
        using var destination = new VerifiedDestination(stream, checksums);
        bool moving = _options.DownloadCacheUrlBlacklist.TryMatch(target.Text, out string? prefix);
        // Without the origin there is nothing better to do than to ask again.
        CachedCopies? copies = _policy.UseCache && !moving && HasCache && (_health.IsUsable || !_policy.UseOrigin)
            ? new CachedCopies(_clients, _health, _policy, _options, target, checksums, _timeProvider)
            : null;

        (DownloadResult? copy, OriginAnswer? answer) = copies is null ? default
            : await TakeCopyAsync(target, copies, destination, progress, cancellationToken).ConfigureAwait(false);
        if (copy is not null)
        {
            await publishAsync().ConfigureAwait(false);
            bool listed = _policy.Contribute && target.Origin is not null && target.Content is null && copies!.Failure is null &&
                await _contribution.TryListAsync(target.Origin, copy.Digest, cancellationToken).ConfigureAwait(false);
            return new FetchResult(target.Text, FetchSource.Cache, copy.Digest, copy.LengthBytes, listed);
        }

        if (!_policy.UseOrigin || target.Origin is null)
            throw ExplainNothing(target, prefix, copies);
        answer ??= (await DownloadAsync(target.Origin, null, destination, progress, _options, cancellationToken).ConfigureAwait(false))!;
        await publishAsync().ConfigureAwait(false);
        bool contributed = _policy.Contribute && target.Content is null && copies is { Failure: null } &&
            await _contribution.TryMakeAsync(target.Origin, answer, stream, copies.Trusted, checksums, progress, cancellationToken).ConfigureAwait(false);
        return new FetchResult(target.Text, FetchSource.Origin, answer.Digest, answer.LengthBytes, contributed);
    }

    /// <summary>What the cache has, or, when that was to be checked, what the origin has that is newer.</summary>
    private async Task<(DownloadResult? Copy, OriginAnswer? Newer)> TakeCopyAsync(
        FetchTarget target, CachedCopies copies, VerifiedDestination destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (target.Content is { } content && !_policy.Refresh)
        {
            DownloadResult? stored = await copies.TryTakeAsync(content, destination, progress, cancellationToken).ConfigureAwait(false);
            if (stored is null)
                destination.BeginAnew();
            return (stored, null);
        }

        bool found = await copies.MoveNextAsync(cancellationToken).ConfigureAwait(false);
        if (found && _policy.Revalidate && target.Origin is { } origin &&
            await RevalidateAsync(origin, copies.Current!, destination, progress, cancellationToken).ConfigureAwait(false) is { } newer)
        {
            return (null, newer);
        }

        while (found && !_policy.Refresh)
        {
            if (await copies.TryTakeAsync(destination, progress, cancellationToken).ConfigureAwait(false) is { } copy)
                return (copy, null);
            destination.BeginAnew();
            found = await copies.MoveNextAsync(cancellationToken).ConfigureAwait(false);
        }

        return default;
    }

    /// <summary>Asks the origin for something newer than an entry.</summary>
    /// <returns>Null when the cached copy is to be taken: the origin says so, or does not answer.</returns>
    private async Task<OriginAnswer?> RevalidateAsync(
        OriginUrl url, SelectedEntry entry, VerifiedDestination destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            // There is a copy: the origin gets one more chance, not many.
            NetworkCacheOptions impatient = _options with { MaxRetries = Math.Min(_options.MaxRetries, 1), OnWarning = null };
            return await DownloadAsync(
                url, OriginValidators.From(entry.Entry), destination, progress, impatient, cancellationToken).ConfigureAwait(false);
        }
        catch (NetworkCacheException e)
        {
            _options.OnWarning?.Invoke($"the cached copy is used unchecked: {e.Message}");
            destination.BeginAnew();
            return null;
        }
    }

    private Task<OriginAnswer?> DownloadAsync(
        OriginUrl url, OriginValidators? known, VerifiedDestination destination, IProgress<TransferProgress>? progress, NetworkCacheOptions options,
        CancellationToken cancellationToken) =>
        OriginDownload.RunAsync(_clients.Origins, options, _timeProvider, url, known, destination, progress, cancellationToken);

    private static NetworkCacheException ExplainNothing(FetchTarget target, string? prefix, CachedCopies? copies)
    {
        string what = target.Origin is null ? $"{target} is not to be had: it is a key, which has no origin, and"
            : $"{target} is not to be had offline:";
        string reason = prefix is not null ? $"{OneLine.Of(prefix)} of download-cache-url-blacklist matches it"
            : copies is null ? "the network cache is not asked"
            : target.Content is not null ? "the network cache does not have that content"
            : copies.Trusted.Count > 0 ? "what the network cache lists for it cannot be used"
            : "the network cache lists nothing trusted for it";
        string key = target.Origin is null || target.Content is not null ? "" : $" (key {EntryKeys.ForUrl(target.Text)})";
        return (copies?.Failure ?? copies?.Trouble) is { } failure
            ? new NetworkCacheUnavailableException($"{what} {failure}.")
            : new NotCachedException($"{what} {reason}{key}.");
    }
}
