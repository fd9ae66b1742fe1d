using Shacache.Core.Blobs;

namespace Shacache.Core.Accounts;

/// <summary>The record of who wrote what into the cache. Lines are added; none is ever changed or removed.</summary>
/// <remarks>
/// Safe for concurrent use. Changes of accounts (<see cref="IAccountStore"/>) and of entries write their lines themselves, in the same step as the
/// change. The rules every implementation obeys are tests: AuditLogContract in tests/Shacache.Testing.
/// </remarks>
public interface IAuditLog
{
    /// <summary>Adds lines, in their order, all or none; durable when the call returns. <see cref="AuditNotes"/> gathers those that may wait.</summary>
    /// <exception cref="StorageFullException">There is no room. Nothing was added.</exception>
    /// <exception cref="AccountStoreException">The backend failed. Nothing was added.</exception>
    ValueTask AddAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken);

    /// <summary>Reads lines, as far as the caller goes on, paged inside.</summary>
    /// <exception cref="AccountStoreException">The backend failed.</exception>
    IAsyncEnumerable<AuditRecord> ReadAsync(AuditQuery query, CancellationToken cancellationToken);
}
