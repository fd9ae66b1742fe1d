using Shacache.Core.Blobs;

namespace Shacache.Core.Accounts;

/// <summary>The record of who wrote what into the cache. Lines are added; none is ever changed, and only a clean-up removes any, by their age.</summary>
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

    /// <summary>Reads lines until the caller stops, in pages.</summary>
    /// <exception cref="AccountStoreException">The backend failed.</exception>
    IAsyncEnumerable<AuditRecord> ReadAsync(AuditQuery query, CancellationToken cancellationToken);
}

/// <summary>A line of the audit log with its place in it.</summary>
/// <param name="Position">
/// Never used twice, and in the order of the lines; of two that are written at the same time, either may come first, and may be seen later than the other.
/// </param>
/// <param name="Entry">The line.</param>
public sealed record AuditRecord(long Position, AuditEntry Entry);

/// <summary>Which lines of the audit log are wanted. A null means no restriction.</summary>
public sealed record AuditQuery
{
    /// <summary>Lines of this actor, character for character.</summary>
    public string? Actor { get; init; }

    /// <summary>Lines about this subject, character for character.</summary>
    public string? Subject { get; init; }

    /// <summary>Lines of this action.</summary>
    public AuditAction? Action { get; init; }

    /// <summary>Lines from this time on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Lines before this time.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Lines beyond this position in the order asked for: the next page.</summary>
    public long? Beyond { get; init; }

    /// <summary>Newest first; otherwise oldest first.</summary>
    public bool NewestFirst { get; init; } = true;
}
