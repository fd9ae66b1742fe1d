namespace Shacache.Core.Accounts.Documents;

/// <summary>A page of the audit log, as JSON.</summary>
/// <param name="Lines">The lines in the order asked for.</param>
/// <param name="Beyond">What to ask for as <c>beyond</c> to get the next page; null when this is the last one.</param>
public sealed record AuditPageDocument(IReadOnlyList<AuditLineDocument> Lines, long? Beyond);

/// <summary>A line of the audit log, as JSON.</summary>
/// <param name="Position">Grows with every line.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who: the name of an account, <c>(operator)</c> or <c>(anonymous)</c>.</param>
/// <param name="Action">What: <c>upload</c>, <c>index</c>, <c>approve</c>, <c>revoke-certificate</c>….</param>
/// <param name="Subject">To what: the name of an account, a digest, a key.</param>
/// <param name="From">The address it came from, <c>local</c> for the server's own machine.</param>
/// <param name="Detail">More for people; empty when there is nothing to add.</param>
public sealed record AuditLineDocument(long Position, DateTimeOffset At, string Actor, string Action, string Subject, string From, string Detail);
