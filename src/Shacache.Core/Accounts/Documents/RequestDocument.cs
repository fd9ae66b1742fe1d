using System.Text.Json.Serialization;

namespace Shacache.Core.Accounts.Documents;

/// <summary>A request that waits for the operator, as JSON.</summary>
/// <param name="Name">The name that is asked for. Several may ask for one.</param>
/// <param name="Fingerprint">SHA-256 of the public key, 64 hexadecimal digits: names the request.</param>
/// <param name="Spoken">The same, shortened and grouped, to be compared by voice.</param>
/// <param name="RequestedAt">When it came.</param>
/// <param name="From">The address it came from.</param>
/// <param name="Pem">The PKCS#10 request itself.</param>
public sealed record RequestDocument(string Name, string Fingerprint, string Spoken, DateTimeOffset RequestedAt, string From, string Pem);

/// <summary>What waits for the operator, oldest first, as JSON.</summary>
/// <param name="Requests">The requests.</param>
public sealed record RequestListDocument(IReadOnlyList<RequestDocument> Requests);

/// <summary>How a request is approved, as JSON. All of it may be left out.</summary>
/// <param name="Name">The name of the account; null for the one that was asked for.</param>
/// <param name="Rights">What the account may do from now on; null for what it may already, and for a new one to upload and index everything.</param>
/// <param name="Days">How long the certificate is valid; null for 90 days.</param>
/// <param name="Certificate">The certificate, PEM, when the CA's key is not on the server and the operator issued it; null to have it issued.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ApprovalDocument(string? Name = null, RightsDocument? Rights = null, int? Days = null, string? Certificate = null);

/// <summary>The answer to a request for an account, and to a client that asks for its certificate too early, as JSON.</summary>
/// <param name="Name">The name that was asked for.</param>
/// <param name="Fingerprint">SHA-256 of the public key: what the certificate is fetched by.</param>
/// <param name="Spoken">The same, shortened and grouped, to be compared by voice with what the operator sees.</param>
/// <param name="RequestedAt">When the request came.</param>
public sealed record ReceiptDocument(string Name, string Fingerprint, string Spoken, DateTimeOffset RequestedAt);
