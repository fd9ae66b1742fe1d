using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Entries;
using Shacache.Core.Leases;
using Shacache.Core.Retention;
using Shacache.Core.Savings;
using Shacache.Core.Upstreams;

namespace Shacache.Core;

/// <summary>One database: all that a server stores except content. Opened, migrated, probed and closed as a unit.</summary>
/// <remarks>Safe for concurrent use. The rules every implementation obeys are the contract suites of its stores in tests/Shacache.Testing.</remarks>
public interface IDatabase : IAsyncDisposable
{
    // A key that no entry has: looking for it reads the database and finds nothing.
    private static readonly EntryKey NoKey = EntryKey.Create("healthz");

    /// <summary>The signed entries.</summary>
    IEntryStore Entries { get; }

    /// <summary>Sizes and times of blobs.</summary>
    IBlobIndex BlobIndex { get; }

    /// <summary>What operators keep, refuse and take away.</summary>
    IRetentionStore Retention { get; }

    /// <summary>What was found damaged, and how far the scrub has come.</summary>
    IRepairLog Repairs { get; }

    /// <summary>Accounts, their certificates and tokens, and the requests for them.</summary>
    IAccountStore Accounts { get; }

    /// <summary>Who did what.</summary>
    IAuditLog AuditLog { get; }

    /// <summary>What other caches list.</summary>
    IUpstreamListings UpstreamListings { get; }

    /// <summary>What is to be sent to other caches.</summary>
    IForwardQueue Forwards { get; }

    /// <summary>What the cache spared, and what was asked of it.</summary>
    ISavings Savings { get; }

    /// <summary>Who does what of several nodes.</summary>
    ILeases Leases { get; }

    /// <summary>Lists an entry as <see cref="IEntryStore"/> does, and records it, in one step: no entry is listed unrecorded.</summary>
    /// <param name="key">The key.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="room">How many the key may have, and what may go; null for any number.</param>
    /// <param name="audit">The line for the audit log, also when the entry was listed before; not written when it is refused. Null for none.</param>
    /// <param name="worth">What the entry says about getting its content back, as far as it is believed.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    /// <exception cref="StorageFullException">There is no room. Nothing was added.</exception>
    /// <exception cref="EntryStoreException">The backend failed. Nothing was added.</exception>
    ValueTask<EntryAddition> AddEntryAsync(
        EntryKey key, SignedEntry entry, EntryRoom? room, AuditEntry? audit, EntryWorth worth, CancellationToken cancellationToken);

    /// <inheritdoc cref="AddEntryAsync(EntryKey, SignedEntry, EntryRoom, AuditEntry, EntryWorth, CancellationToken)"/>
    ValueTask<EntryAddition> AddEntryAsync(EntryKey key, SignedEntry entry, EntryRoom? room, AuditEntry? audit, CancellationToken cancellationToken) =>
        AddEntryAsync(key, entry, room, audit, default, cancellationToken);

    /// <summary>Looks, cheaply, whether the database answers: asked up to once a second.</summary>
    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Entries.ListAsync(NoKey, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (EntryStoreException e)
        {
            return e.Message;
        }
    }
}
