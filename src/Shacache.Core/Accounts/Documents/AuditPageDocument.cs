namespace Shacache.Core.Accounts.Documents;

/// <summary>A page of the audit log, as JSON.</summary>
/// <param name="Lines">The lines in the order asked for.</param>
/// <param name="Beyond">What to ask for as <c>beyond</c> to get the next page; null when this is the last one.</param>
public sealed record AuditPageDocument(IReadOnlyList<AuditLineDocument> Lines, long? Beyond);
