namespace Shacache.Core.Accounts;

/// <summary>A line of the audit log with its place in it.</summary>
/// <param name="Position">
/// Never used twice, and in the order of the lines; of two that are written at the same time, either may come first, and may be seen later than the other.
/// </param>
/// <param name="Entry">The line.</param>
public sealed record AuditRecord(long Position, AuditEntry Entry);
