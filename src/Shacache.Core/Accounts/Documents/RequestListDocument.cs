namespace Shacache.Core.Accounts.Documents;

/// <summary>What waits for the operator, oldest first, as JSON.</summary>
/// <param name="Requests">The requests.</param>
public sealed record RequestListDocument(IReadOnlyList<RequestDocument> Requests);
