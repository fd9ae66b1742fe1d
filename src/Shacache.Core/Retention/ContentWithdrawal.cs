using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Retention;

/// <summary>Takes content and entries away, and makes and ends rules: in the database first, then in memory, then on the disk.</summary>
/// <remarks>
/// In this order a crash leaves at most a file that nothing names; after a block it is not served either. Once the database has the change it is brought to
/// its end, whatever becomes of the caller. Every method throws <see cref="StorageFullException"/>, <see cref="EntryStoreException"/> or
/// <see cref="BlobStoreException"/> when a backend failed.
/// </remarks>
/// <param name="store">The rules.</param>
/// <param name="blobs">The content, with everything around it that remembers any.</param>
/// <param name="notes">What the index is about to learn.</param>
/// <param name="blocks">What is refused, in memory.</param>
public sealed class ContentWithdrawal(IRetentionStore store, IBlobStore blobs, BlobNotes notes, BlockList blocks)
{
    /// <summary>Removes one object; entries that name it are no longer listed.</summary>
    /// <param name="digest">The object.</param>
    /// <param name="block">The rule that refuses it from now on; null for none.</param>
    /// <param name="audit">What is recorded.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    public async ValueTask<WithdrawalOutcome> RemoveAsync(Digest digest, ContentRule? block, AuditEntry audit, CancellationToken cancellationToken)
    {
        int entries = await store.WithdrawAsync(digest, block, audit, cancellationToken).ConfigureAwait(false);
        Refuse(block);
        return new WithdrawalOutcome(entries, await PurgeAsync(digest).ConfigureAwait(false) ? 1 : 0);
    }

    /// <summary>Removes the entries of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="digest">Only those that name this object; null for all.</param>
    /// <param name="withContent">Whether what nothing else names is removed, too.</param>
    /// <param name="block">The rule that refuses the key from now on; null for none.</param>
    /// <param name="audit">What is recorded; of each object that is removed another line with its digest.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    public async ValueTask<WithdrawalOutcome> RemoveAsync(
        EntryKey key, Digest? digest, bool withContent, ContentRule? block, AuditEntry audit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(audit);
        RemovedEntries removed = await store.RemoveEntriesAsync(key, digest, block, audit, cancellationToken).ConfigureAwait(false);
        Refuse(block);
        int objects = 0;
        foreach (Digest named in withContent ? removed.Digests : [])
        {
            if (await store.IsNamedAsync(named, CancellationToken.None).ConfigureAwait(false))
                continue;
            await store.WithdrawAsync(named, null, audit with { Subject = named.ToString() }, CancellationToken.None).ConfigureAwait(false);
            if (await PurgeAsync(named).ConfigureAwait(false))
                objects++;
        }

        return new WithdrawalOutcome(removed.Count, objects);
    }

    /// <summary>Makes a rule. A block hides what is stored; it does not remove it.</summary>
    public async ValueTask AddRuleAsync(ContentRule rule, AuditEntry audit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rule);
        await store.AddRuleAsync(rule, audit, cancellationToken).ConfigureAwait(false);
        if (rule.Kind == RuleKind.Block)
            Refuse(rule);
    }

    /// <summary>Ends a rule.</summary>
    /// <returns>False when there was none.</returns>
    public async ValueTask<bool> RemoveRuleAsync(RuleKind kind, RuleSubject subject, AuditEntry audit, CancellationToken cancellationToken)
    {
        bool wasThere = await store.RemoveRuleAsync(kind, subject, audit, cancellationToken).ConfigureAwait(false);
        if (kind == RuleKind.Block)
            blocks.Remove(subject);
        return wasThere;
    }

    private void Refuse(ContentRule? block)
    {
        if (block is not null)
            blocks.Add(block.Subject, block.Reason);
    }

    private async ValueTask<bool> PurgeAsync(Digest digest)
    {
        bool wasThere = await blobs.PurgeAsync(digest, CancellationToken.None).ConfigureAwait(false);
        await notes.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        return wasThere;
    }
}

/// <summary>What was removed.</summary>
/// <param name="Entries">How many entries are no longer listed.</param>
/// <param name="Objects">How many objects were stored, and are no longer.</param>
public readonly record struct WithdrawalOutcome(int Entries, int Objects);
