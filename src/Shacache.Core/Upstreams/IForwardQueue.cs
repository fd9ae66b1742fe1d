using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Upstreams;

/// <summary>What was put here and is to be sent to other caches as well.</summary>
/// <remarks>
/// Safe for concurrent use. What was added survives a crash of the process and a loss of power until it is done. The rules every
/// implementation obeys are tests: ForwardQueueContract in tests/Shacache.Testing.
/// </remarks>
public interface IForwardQueue
{
    /// <summary>Adds content for each of some upstreams, unless it waits for that one already.</summary>
    /// <exception cref="StorageFullException">There is no room. Nothing was added.</exception>
    /// <exception cref="EntryStoreException">The backend failed. Nothing was added.</exception>
    ValueTask AddAsync(IReadOnlyList<string> upstreams, Digest content, CancellationToken cancellationToken);

    /// <summary>Adds an entry for each of some upstreams, and its content before it, unless they wait for that one already.</summary>
    /// <exception cref="StorageFullException">There is no room. Nothing was added.</exception>
    /// <exception cref="EntryStoreException">The backend failed. Nothing was added.</exception>
    ValueTask AddAsync(IReadOnlyList<string> upstreams, EntryKey key, SignedEntry entry, CancellationToken cancellationToken);

    /// <summary>Takes the turn to send to an upstream, if no other process has it. It ends when it is disposed, or with the process.</summary>
    /// <returns>Null when another has it.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<IForwardTurn?> TryTakeTurnAsync(string upstream, CancellationToken cancellationToken);

    /// <summary>Lets everything that was refused, and everything that failed, be sent again at once.</summary>
    /// <returns>How much of it there is.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<int> RetryAllAsync(CancellationToken cancellationToken);

    /// <summary>Drops what was refused.</summary>
    /// <returns>How much that was.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<int> RemoveRefusedAsync(CancellationToken cancellationToken);

    /// <summary>Walks over the whole queue in the order of addition, paged inside.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    IAsyncEnumerable<ForwardItem> ListAsync(CancellationToken cancellationToken);

    /// <summary>How much there is.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<ForwardTotals> CountAsync(CancellationToken cancellationToken);
}

/// <summary>The turn to send to one upstream what waits for it, one thing after the other. Not for concurrent calls.</summary>
public interface IForwardTurn : IAsyncDisposable
{
    /// <summary>Whether other processes may add to the queue.</summary>
    bool IsShared => false;

    /// <summary>What to send next: the longest due, and no entry whose content still waits.</summary>
    /// <param name="longestPause">What is due later than that was postponed by a clock that was ahead: it is due now, and comes first.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Also when it is due in the future; null when nothing waits.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<ForwardItem?> FindNextAsync(TimeSpan longestPause, CancellationToken cancellationToken);

    /// <summary>Drops what was sent.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask RemoveAsync(ForwardItem item, CancellationToken cancellationToken);

    /// <summary>Keeps for later what could not be sent.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask PostponeAsync(ForwardItem item, DateTimeOffset dueAt, string problem, CancellationToken cancellationToken);

    /// <summary>Keeps what was refused for good, to be shown. The entries that wait for refused content are refused with it.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask RefuseAsync(ForwardItem item, string problem, CancellationToken cancellationToken);
}

/// <summary>Something that was put here and is to be sent to another cache as well.</summary>
/// <param name="Id">Its number, never used twice.</param>
/// <param name="Upstream">The name of who is to get it.</param>
/// <param name="Digest">The content; that of the entry, when it is one.</param>
/// <param name="Key">The key of an entry; null for content.</param>
/// <param name="Entry">The entry; null for content.</param>
/// <param name="QueuedAt">Since when it waits.</param>
/// <param name="Attempts">How many attempts failed.</param>
/// <param name="DueAt">When it is sent next.</param>
/// <param name="RefusedAt">When it was refused for good; null while it waits.</param>
/// <param name="Problem">The last problem; null for none.</param>
public sealed record ForwardItem(
    long Id,
    string Upstream,
    Digest Digest,
    EntryKey? Key,
    SignedEntry? Entry,
    DateTimeOffset QueuedAt,
    int Attempts,
    DateTimeOffset DueAt,
    DateTimeOffset? RefusedAt,
    string? Problem);

/// <summary>How much is in the queue.</summary>
/// <param name="Waiting">What is to be sent.</param>
/// <param name="Refused">What was refused for good and is kept to be shown.</param>
public readonly record struct ForwardTotals(long Waiting, long Refused);
