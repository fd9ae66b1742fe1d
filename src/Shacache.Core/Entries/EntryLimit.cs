namespace Shacache.Core.Entries;

/// <summary>How many entries one key may have, and which of them do not go for others.</summary>
/// <remarks>
/// Whether an entry is protected is a matter of signatures, whose verification takes its time, and of the configuration of this process. So it is
/// decided here, before the store changes anything; the store only removes what it is told may go. When the key has changed in between, both start again.
/// </remarks>
/// <param name="MaxEntries">Entries under one key, at least 1. An addition beyond removes expired entries first, then the oldest that is not protected.</param>
/// <param name="IsProtected">
/// Tells whether an entry is protected. Such a one goes only for a newer protected one, when there is no other; an entry that is not protected is not
/// added then. Called from any thread; does not throw.
/// </param>
public sealed record EntryLimit(int MaxEntries, Func<SignedEntry, bool> IsProtected)
{
    /// <summary>Each attempt that fails means that another addition to the key succeeded.</summary>
    private const int MaxAttempts = 1000;

    /// <summary>How many more than needed may go once others have proved to be adding to the same key.</summary>
    private const int SpareWhenBusy = 32;

    /// <summary>Adds an entry, and makes room for it.</summary>
    /// <param name="entries">Where it is added.</param>
    /// <param name="key">The key.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="add">Adds it as <see cref="IEntryStore.AddAsync(EntryKey, SignedEntry, EntryRoom, CancellationToken)"/> does, alone or together with more.</param>
    /// <param name="cancellationToken">Stops the search for room.</param>
    /// <exception cref="EntryStoreException">The backend failed. Nothing was added.</exception>
    public async ValueTask<EntryAddition> AddAsync(
        IEntryStore entries, EntryKey key, SignedEntry entry, Func<EntryRoom, ValueTask<EntryAddition>> add, CancellationToken cancellationToken)
    {
        Dictionary<SignedEntry, bool> verdicts = [];
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            int spare = attempt == 0 ? 0 : SpareWhenBusy;
            IReadOnlyList<SignedEntry>? mayGo = await ChooseAsync(entries, key, entry, spare, verdicts, cancellationToken).ConfigureAwait(false);
            EntryAddition addition = await add(new EntryRoom(MaxEntries, mayGo ?? [])).ConfigureAwait(false);
            if (addition != EntryAddition.KeyFull || mayGo is null)
                return addition;
        }

        return EntryAddition.KeyFull;
    }

    /// <summary>The oldest without protection, then, for a protected entry, the oldest of all; none when there is room.</summary>
    /// <returns>Null when there can be no room.</returns>
    private async ValueTask<IReadOnlyList<SignedEntry>?> ChooseAsync(
        IEntryStore entries, EntryKey key, SignedEntry added, int spare, Dictionary<SignedEntry, bool> verdicts, CancellationToken cancellationToken)
    {
        int excess = await entries.CountAsync(key, cancellationToken).ConfigureAwait(false) + 1 - MaxEntries;
        if (excess <= 0)
            return [];
        List<SignedEntry> chosen = [];
        List<SignedEntry> kept = [];
        await foreach (StoredEntry stored in entries.ListOldestFirstAsync(key, cancellationToken).ConfigureAwait(false))
        {
            if (chosen.Count == excess + spare)
                return chosen;
            (IsKept(stored.Entry) ? kept : chosen).Add(stored.Entry);
        }

        if (chosen.Count < excess && IsKept(added))
            chosen.AddRange(kept.Take(excess - chosen.Count));
        return chosen.Count < excess ? null : chosen;

        bool IsKept(SignedEntry entry) => verdicts.TryGetValue(entry, out bool isKept) ? isKept : verdicts[entry] = IsProtected(entry);
    }
}

/// <summary>How many entries a key may have after an addition, and what may go for it.</summary>
/// <param name="MaxEntries">Entries under the key, at least 1.</param>
/// <param name="MayGo">Beside expired entries, which go first: these, in this order, as many as needed.</param>
public sealed record EntryRoom(int MaxEntries, IReadOnlyList<SignedEntry> MayGo);
