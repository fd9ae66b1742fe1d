using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Answers;
using Shacache.Http.Logging;

namespace Shacache.Http.Upstreams.Entries;

/// <summary>Brings what is known of upstreams' listings up to date: one request for each key, however many clients wait for it.</summary>
internal sealed class ListingFetches(
    UpstreamDirectory directory, IUpstreamListings listings, ProximityOptions options, TimeProvider time, ILogger<ListingFetches> logger)
    : IAsyncDisposable
{
    /// <summary>The most that run at once.</summary>
    private const int MaxRunning = 1024;

    /// <summary>How long after a failure a key that is known is not asked for again.</summary>
    private static readonly TimeSpan FailureTtl = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();

    // By the way as well: two caches that ask each other for one key at the same time must not wait for each other.
    private readonly Dictionary<(EntryKey Key, string Via), Task<ListingAnswer>> _running = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly RecentMisses<EntryKey> _misses = new(options.NegativeTtl, time);
    private readonly RecentMisses<EntryKey> _failures = new(FailureTtl, time);

    /// <summary>Whether no upstream listed anything under the key a moment ago.</summary>
    public bool IsKnownMissing(EntryKey key) => _misses.Contains(key);

    /// <summary>Whether asking for the key failed a moment ago.</summary>
    public bool HasFailed(EntryKey key) => _failures.Contains(key);

    /// <inheritdoc cref="Start(EntryKey, string, out bool)"/>
    public Task<ListingAnswer> Start(EntryKey key, string via) => Start(key, via, out _);

    /// <summary>Joins the request for a key, which begins unless it is under way.</summary>
    /// <param name="key">The key.</param>
    /// <param name="via">The way of the request that is answered.</param>
    /// <param name="isNew">False when it was under way.</param>
    /// <returns>How it ends. Never faulted.</returns>
    public Task<ListingAnswer> Start(EntryKey key, string via, out bool isNew)
    {
        isNew = false;
        lock (_gate)
        {
            if (_running.TryGetValue((key, via), out Task<ListingAnswer>? running))
                return running;

            isNew = true;
            if (_running.Count >= MaxRunning || _stopping.IsCancellationRequested)
                return Task.FromResult<ListingAnswer>(new ListingAnswer.Failed(UpstreamProblems.BusyDirectory));
            return _running[(key, via)] = Task.Run(() => RunAsync(key, via));
        }
    }

    /// <summary>Breaks off what is still running, and waits until nothing is.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate)
            running = [.. _running.Values];
        await Task.WhenAll(running);
        _stopping.Dispose();
    }

    private async Task<ListingAnswer> RunAsync(EntryKey key, string via)
    {
        ListingAnswer answer;
        try
        {
            answer = await directory.AskAsync(key, via, _stopping.Token);
            answer = await KeepAsync(key, answer);
        }
        catch (OperationCanceledException)
        {
            answer = new ListingAnswer.Failed(UpstreamProblems.Stopping);
        }
        catch (Exception e)
        {
            // The boundary of a request: whatever happened, those who wait must be told.
            string traceId = Guid.NewGuid().ToString("N");
            Log.ListingFetchBroke(logger, key, traceId, e);
            answer = new ListingAnswer.Failed(ErrorMapping.FromException(e, traceId));
        }

        lock (_gate)
            _running.Remove((key, via));
        return answer;
    }

    private async Task<ListingAnswer> KeepAsync(EntryKey key, ListingAnswer answer)
    {
        switch (answer)
        {
            case ListingAnswer.Listed listed:
                _misses.Remove(key);
                return listed with { IsChange = await TryReplaceAsync(listed) };
            case ListingAnswer.Missing missing:
                _failures.Remove(key);
                _misses.Add(key);
                return missing with { IsChange = await TryRemoveAsync(key) };
            default:
                _failures.Add(key);
                return answer;
        }
    }

    /// <returns>Whether it is another one than was known.</returns>
    private async Task<bool> TryReplaceAsync(ListingAnswer.Listed listed)
    {
        UpstreamListing listing = listed.Listing;
        try
        {
            UpstreamListing? known = await listings.FindAsync(listing.Key, _stopping.Token);
            if (listed.IsFallback && known is not null)
            {
                _failures.Add(listing.Key);
                return false;
            }

            _failures.Remove(listing.Key);
            await listings.ReplaceAsync(listing, _stopping.Token);
            return known is null || !known.Entries.SequenceEqual(listing.Entries);
        }
        catch (Exception e) when (e is EntryStoreException or StorageFullException)
        {
            Log.ListingNotKept(logger, listing.Key, e);
            return false;
        }
    }

    private async Task<bool> TryRemoveAsync(EntryKey key)
    {
        try
        {
            // Most keys without entries were never known: no write for them.
            return await listings.FindAsync(key, _stopping.Token) is not null && await listings.RemoveAsync(key, _stopping.Token);
        }
        catch (Exception e) when (e is EntryStoreException or StorageFullException)
        {
            Log.ListingNotKept(logger, key, e);
            return false;
        }
    }
}
