namespace Shacache.Core.Accounts;

/// <summary>A line of the audit log with its place in it.</summary>
/// <param name="Position">Grows with every line; one is never used twice.</param>
/// <param name="Entry">The line.</param>
public sealed record AuditRecord(long Position, AuditEntry Entry);
