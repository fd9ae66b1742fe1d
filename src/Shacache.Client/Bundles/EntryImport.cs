using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Core.Entries;

namespace Shacache.Client.Bundles;

/// <summary>Puts the entries of a bundle that the server lacks, once their content is there.</summary>
/// <remarks>
/// The entries of one key are put in the order of the index, the oldest first: an interrupted import has put the oldest, and the next run continues with the
/// newer ones, so that the server lists the newest first. Different keys are put concurrently.
/// </remarks>
internal sealed class EntryImport(BundleFile bundle, BundleVerification verification, NetworkCacheClient client, Action<string>? warn)
{
    private readonly FailureLimit _failures = new();
    private int _added;
    private int _present;
    private int _sharedKeys;
    private int _dropped;

    public int AddedCount => _added;

    public int PresentCount => _present;

    public int SharedKeyCount => _sharedKeys;

    public int DroppedCount => _dropped;

    public async Task RunAsync(int jobs, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ReadKeys(), parallel, async (entries, token) => await ImportAsync(entries, token).ConfigureAwait(false))
            .ConfigureAwait(false);
    }

    /// <summary>The accepted entries, those of a key together.</summary>
    private IEnumerable<List<IndexedEntry>> ReadKeys()
    {
        List<IndexedEntry> entries = [];
        foreach (IndexedEntry entry in bundle.Index.ReadEntries())
        {
            if (!verification.IsAccepted(entry))
                continue;
            if (entries.Count > 0 && entries[0].Name != entry.Name)
            {
                yield return entries;
                entries = [];
            }

            entries.Add(entry);
        }

        if (entries.Count > 0)
            yield return entries;
    }

    private async Task ImportAsync(List<IndexedEntry> indexed, CancellationToken cancellationToken)
    {
        EntryKey key = indexed[0].FindKey(out _)!;
        StoredListing? before = await TryListAsync(key, indexed, cancellationToken).ConfigureAwait(false);
        if (before is null)
            return;
        HashSet<SignedEntry> listed = [.. before.Entries];
        List<(IndexedEntry Indexed, SignedEntry Entry)> usable = ReadUsable(key, indexed);
        int newestThere = before.IsCertain ? usable.FindLastIndex(item => listed.Contains(item.Entry)) : -1;
        if (usable.FindIndex(item => !listed.Contains(item.Entry)) is >= 0 and int missing && missing < newestThere)
            warn?.Invoke($"{key}: the server had a newer entry already; older ones are now listed before it (such as the one of {usable[missing].Entry.Digest}).");

        List<SignedEntry> added = [];
        foreach ((IndexedEntry item, SignedEntry entry) in usable)
        {
            bool isListed = listed.Contains(entry);
            // An upstream's entry may be listed there without being stored.
            if (isListed && before.IsCertain)
                Interlocked.Increment(ref _present);
            else if (await TryPutAsync(key, item, entry, cancellationToken).ConfigureAwait(false))
                Count(isListed, added, entry);
        }

        if (added.Count == 0)
            return;
        if (listed.Except(usable.Select(item => item.Entry)).Any())
            Interlocked.Increment(ref _sharedKeys);
        if (listed.Count + added.Count > 1)
            await FindDroppedAsync(key, [.. listed, .. added], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the entries of a key; those whose content is not on the server are refused.</summary>
    private List<(IndexedEntry Indexed, SignedEntry Entry)> ReadUsable(EntryKey key, List<IndexedEntry> indexed)
    {
        List<(IndexedEntry, SignedEntry)> usable = [];
        foreach (IndexedEntry item in indexed)
        {
            SignedEntry? entry = verification.Read(item, out _, out string? problem);
            problem ??= verification.FindContentProblem(item.Content);
            if (entry is not null && problem is null)
                usable.Add((item, entry));
            else
                verification.Refuse(item, key, problem!);
        }

        return usable;
    }

    private async Task<bool> TryPutAsync(EntryKey key, IndexedEntry indexed, SignedEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await client.PutAsync(key, entry, cancellationToken).ConfigureAwait(false);
            _failures.Reset();
            return true;
        }
        catch (NetworkCacheException e) when (!_failures.IsExceededBy(e))
        {
            verification.Refuse(indexed, key, $"the entry could not be put: {OneLine.Of(e)}");
            return false;
        }
    }

    private void Count(bool isListed, List<SignedEntry> added, SignedEntry entry)
    {
        if (!isListed)
            added.Add(entry);
        Interlocked.Increment(ref isListed ? ref _present : ref _added);
    }

    /// <summary>What the server lists under a key; null when it does not answer: then the entries are refused.</summary>
    private async Task<StoredListing?> TryListAsync(EntryKey key, List<IndexedEntry> indexed, CancellationToken cancellationToken)
    {
        try
        {
            StoredListing listing = await client.ListStoredAsync(key, cancellationToken).ConfigureAwait(false);
            _failures.Reset();
            return listing;
        }
        catch (NetworkCacheException e) when (!_failures.IsExceededBy(e))
        {
            // Without the listing from before, dropped entries could not be found afterwards.
            foreach (IndexedEntry entry in indexed)
                verification.Refuse(entry, key, $"the server does not say what it lists under the key: {OneLine.Of(e)}");
            return null;
        }
    }

    /// <summary>Finds entries that the server dropped: it may limit the entries of a key.</summary>
    private async Task FindDroppedAsync(EntryKey key, HashSet<SignedEntry> expected, CancellationToken cancellationToken)
    {
        try
        {
            StoredListing after = await client.ListStoredAsync(key, cancellationToken).ConfigureAwait(false);
            int dropped = expected.Except(after.Entries).Count();
            if (dropped == 0)
                return;
            Interlocked.Add(ref _dropped, dropped);
            warn?.Invoke($"{key}: the server no longer lists {dropped} of {expected.Count} entries (it limits the entries of a key).");
        }
        catch (NetworkCacheException e) when (!_failures.IsExceededBy(e))
        {
            warn?.Invoke($"{key}: it is not known whether the server dropped entries: {OneLine.Of(e)}");
        }
    }
}
