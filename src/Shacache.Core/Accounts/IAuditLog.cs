using Shacache.Core.Blobs;

namespace Shacache.Core.Accounts;

/// <summary>The record of who wrote what into the cache. Lines are added; none is ever changed or removed.</summary>
/// <remarks>
/// Safe for concurrent use. Changes of accounts (<see cref="IAccountStore"/>) and of entries write their lines themselves, in the same step as the
/// change. The rules every implementation obeys are tests: AuditLogContract in tests/Shacache.Testing.
/// </remarks>
public interface IAuditLog
{
    /// <summary>Adds a line soon, together with others, without waiting for the disk. For uploads of content.</summary>
    /// <remarks>
    /// Every upload waits for the disk already, for its content; it is not to wait a second time for its line. So a crash may lose the lines of the
    /// last seconds, as it may lose what the blob index noted; what was uploaded is still there. Waits only while too many lines are unwritten:
    /// none is ever dropped to make room.
    /// </remarks>
    /// <exception cref="StorageFullException">Too many lines wait, and there is no room to write them. This one was not added.</exception>
    /// <exception cref="AccountStoreException">Too many lines wait, and the backend failed. This one was not added.</exception>
    ValueTask NoteAsync(AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Writes what was noted until now.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Reads lines, as far as the caller goes on, paged inside. Sees what was noted before the call.</summary>
    IAsyncEnumerable<AuditRecord> ReadAsync(AuditQuery query, CancellationToken cancellationToken);
}
