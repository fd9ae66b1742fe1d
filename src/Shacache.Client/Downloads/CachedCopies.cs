using System.Net;
using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Protocol;

namespace Shacache.Client.Downloads;

/// <summary>What the cache has of one URL: trusted entries, one after the other, and their content. Trouble with the cache is a warning, never more.</summary>
internal sealed class CachedCopies(
    CacheClients clients, CacheHealth health, DownloadCacheOptions policy, NetworkCacheOptions options, FetchTarget target,
    IReadOnlyList<Checksum> checksums, TimeProvider timeProvider)
{
    private readonly Queue<EntryKey> _keys = new(target.Content is null ? target.Keys : []);
    private readonly Queue<SelectedEntry> _waiting = [];
    private readonly List<SelectedEntry> _trusted = [];
    private TimeSpan _untilFirstByte = policy.CacheTimeout;

    /// <summary>The entry at hand.</summary>
    public SelectedEntry? Current { get; private set; }

    /// <summary>The trusted entries that were seen so far.</summary>
    public IReadOnlyList<SelectedEntry> Trusted => _trusted;

    /// <summary>What went wrong with the cache, so that it is not asked again; null while nothing did.</summary>
    public string? Failure { get; private set; }

    /// <summary>What went wrong with one content, which does not keep the cache from being asked for others; null while nothing did.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Goes on to the next entry; false when there is none, or the cache does not answer.</summary>
    public async Task<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        Current = null;
        while (_waiting.Count == 0 && _keys.Count > 0 && Failure is null)
            await AskAsync(clock => LookUpAsync(_keys.Dequeue(), clock), isForContent: false, null, cancellationToken).ConfigureAwait(false);
        if (Failure is not null || !_waiting.TryDequeue(out SelectedEntry? next))
            return false;
        Current = next;
        return true;
    }

    /// <summary>Brings the content of the entry at hand; null when it does not come whole, or is not what was asked for.</summary>
    public async Task<DownloadResult?> TryTakeAsync(
        VerifiedDestination destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        SignedEntry entry = Current!.Entry;
        foreach (Checksum sought in checksums)
        {
            // What the signed entry says need not be downloaded to be known.
            if (sought.FindOther(entry) is { } named)
            {
                Warn($"the cached copy has {named}, not {sought}; it is not used.");
                return null;
            }
        }

        DownloadResult? result = await TryTakeAsync(entry.Digest, destination, progress, cancellationToken).ConfigureAwait(false);
        if (result is null || checksums.Count > 0 || policy.AllowWebPages || !policy.UseOrigin || !WebPage.IsUnexpectedAt(target.Text) ||
            !await destination.IsWebPageAsync(cancellationToken).ConfigureAwait(false))
        {
            return result;
        }

        Warn("the cached copy is a web page, and not the file that the URL names; it is not used.");
        return null;
    }

    /// <summary>Brings a content; null when it does not come whole, or is not what was asked for.</summary>
    public async Task<DownloadResult?> TryTakeAsync(
        Digest digest, VerifiedDestination destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        DownloadResult? result = null;
        await AskAsync(
            async clock => result = await clients.Content.DownloadVerifiedAsync(
                options.Servers.DownloadCache, digest, destination, clock, clock.Token).ConfigureAwait(false),
            isForContent: true, progress, cancellationToken).ConfigureAwait(false);
        if (result is not null)
            health.NoteDelivery();
        if (result is null || destination.FindWrongChecksum() is not { } wrong)
            return result;
        Warn($"the cached copy has {wrong.Actual}, not {wrong.Expected}; it is not used.");
        return null;
    }

    private async Task LookUpAsync(EntryKey key, CacheClock clock)
    {
        IReadOnlyList<SelectedEntry> listed = await clients.Directory.SelectAsync(key, clock.Token).ConfigureAwait(false);
        foreach (SelectedEntry entry in listed.Where(entry => entry.IsTrusted))
        {
            _trusted.Add(entry);
            _waiting.Enqueue(entry);
        }

        if (listed.Count > 0 && _waiting.Count == 0)
        {
            health.WarnOnce("trust",
                $"{target}: none of the {listed.Count} entries in the network cache is trusted ({listed[0].Explanation}). " +
                "Add the certificate of who made them to signature-certificate-list if you trust them.");
        }
    }

    /// <summary>One request to the cache. All of them together share the time until the first byte.</summary>
    private async Task AskAsync(Func<CacheClock, Task> ask, bool isForContent, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        TimeSpan window = options.StallTimeout > policy.CacheTimeout ? options.StallTimeout : policy.CacheTimeout;
        using var clock = new CacheClock(timeProvider, _untilFirstByte, window, progress, cancellationToken);
        long start = timeProvider.GetTimestamp();
        try
        {
            await ask(clock).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (clock.HasRunOut)
        {
            Fail(clock.HasReceived
                ? $"too slow: next to nothing came within {window.TotalSeconds:0.###} s"
                : $"too slow: no byte of content within {policy.CacheTimeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is DigestMismatchException or ContentNotFoundException)
        {
            Warn($"the entry in the network cache is of no use: {e.Message}");
        }
        catch (NetworkCacheException e) when (isForContent && IsAboutOneContent(e, clock) && !health.NoteTrouble())
        {
            Trouble = e.Message.TrimEnd('.');
            Warn($"the copy in the network cache is of no use: {e.Message}");
        }
        catch (NetworkCacheException e)
        {
            Fail(e.Message);
        }
        finally
        {
            _untilFirstByte = clock.HasReceived ? policy.CacheTimeout : _untilFirstByte - timeProvider.GetElapsedTime(start);
        }
    }

    /// <summary>Whether the cache is there, and fails on this: it broke off in the middle, or answered that it cannot read it.</summary>
    private static bool IsAboutOneContent(NetworkCacheException exception, CacheClock clock) =>
        clock.HasReceived || exception.InnerException is RequestFailure { StatusCode: HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway };

    private void Fail(string problem)
    {
        Failure = problem.TrimEnd('.');
        // Offline the failure is reported as such.
        if (policy.UseOrigin)
            health.ReportFailure("cache", $"the network cache is not used: {Failure}.");
    }

    private void Warn(string problem) => health.WarnOnce(target.Text, $"{target}: {problem}");
}

/// <summary>Cuts the cache off when it is too slow to be of use: to begin with, and later when what comes is next to nothing.</summary>
internal sealed class CacheClock : IProgress<TransferProgress>, IDisposable
{
    /// <summary>So much must come within each window: a server that sends single bytes is treated like one that hangs.</summary>
    private const long PieceBytes = 64 * 1024;

    private readonly TimeSpan _window;
    private readonly IProgress<TransferProgress>? _progress;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _outer;
    private readonly CancellationToken _cancellation;
    private long _nextBytes;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="firstByte">How long the first byte may take from now on.</param>
    /// <param name="window">How long each further piece may take.</param>
    /// <param name="progress">Told what this is told.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public CacheClock(
        TimeProvider timeProvider, TimeSpan firstByte, TimeSpan window, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        _window = window;
        _progress = progress;
        _cancellation = cancellationToken;
        _source = new CancellationTokenSource(firstByte > TimeSpan.Zero ? firstByte : TimeSpan.Zero, timeProvider);
        _outer = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether a byte of content has come.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>Whether it was this clock that cut the cache off, and not the caller.</summary>
    public bool HasRunOut => _source.IsCancellationRequested && !_cancellation.IsCancellationRequested;

    public void Report(TransferProgress value)
    {
        HasReceived = true;
        if (value.DoneBytes >= _nextBytes)
        {
            _nextBytes = value.DoneBytes + PieceBytes;
            _source.CancelAfter(_window);
        }

        _progress?.Report(value);
    }

    public void Dispose()
    {
        _outer.Dispose();
        _source.Dispose();
    }
}
