using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Retention;

/// <summary>What operators keep, refuse and take away, and what a clean-up finds: the part of it that is in the database.</summary>
/// <remarks>
/// Safe for concurrent use. Every change writes the line that the audit log gets of it in the same step, durable when the call returns. Every call may throw
/// <see cref="StorageFullException"/> (no room) and <see cref="EntryStoreException"/> (the backend failed); nothing has changed then. The rules every
/// implementation obeys are tests: RetentionStoreContract in tests/Shacache.Testing.
/// </remarks>
public interface IRetentionStore
{
    /// <summary>Makes a rule; it takes the place of one of the same kind about the same subject.</summary>
    ValueTask AddRuleAsync(ContentRule rule, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>Ends a rule.</summary>
    /// <returns>False when there was none; nothing is recorded then.</returns>
    ValueTask<bool> RemoveRuleAsync(RuleKind kind, RuleSubject subject, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>The rules of a kind that are in force, oldest first. They are few: each was made by hand.</summary>
    ValueTask<IReadOnlyList<ContentRule>> ListRulesAsync(RuleKind kind, CancellationToken cancellationToken);

    /// <summary>Whether a pin in force is about a blob, or about a key with an entry that names it, put here or listed by an upstream; as its content or as a document of its release.</summary>
    ValueTask<bool> IsPinnedAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Whether anything names a blob: an entry that was put here or that an upstream listed, as its content or as a document of its release, or an upload that is to be sent on.</summary>
    ValueTask<bool> IsNamedAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Takes content away: from now on entries that name it count as without their content, until the blob index learns that it is stored again.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="block">The rule that refuses it from now on; null for none.</param>
    /// <param name="audit">What is recorded.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    /// <returns>How many entries name it.</returns>
    ValueTask<int> WithdrawAsync(Digest digest, ContentRule? block, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>Deletes entries of a key, and what upstreams listed under it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="digest">Only those that name this content; null for all.</param>
    /// <param name="block">The rule that refuses the key from now on; null for none.</param>
    /// <param name="audit">What is recorded, also when nothing was there.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    ValueTask<RemovedEntries> RemoveEntriesAsync(EntryKey key, Digest? digest, ContentRule? block, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>Counts what is of no use any more, or deletes some of it: in small steps, so that others need not wait long.</summary>
    /// <param name="kind">What is looked for.</param>
    /// <param name="before">What ended, went or was recorded before that.</param>
    /// <param name="maxCount">The most rows; null to count all of them and delete none.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    /// <returns>How many there are, or were deleted.</returns>
    ValueTask<long> CleanAsync(StaleKind kind, DateTimeOffset before, int? maxCount, CancellationToken cancellationToken);
}

/// <summary>What <see cref="IRetentionStore.RemoveEntriesAsync"/> deleted.</summary>
/// <param name="Count">How many entries; those of upstreams count, too.</param>
/// <param name="Digests">The content and the documents that they named, each once.</param>
public sealed record RemovedEntries(int Count, IReadOnlyList<Digest> Digests);

/// <summary>What a clean-up looks for in the database.</summary>
public enum StaleKind
{
    /// <summary>Entries that have expired.</summary>
    ExpiredEntries,

    /// <summary>Entries whose content was taken away.</summary>
    DanglingEntries,

    /// <summary>Rules that have ended.</summary>
    EndedRules,

    /// <summary>Lines of the audit log. The step that deletes some adds one that says so.</summary>
    AuditLines,
}
