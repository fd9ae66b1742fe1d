namespace Shacache.Core.Accounts.Documents;

/// <summary>The answer to a request for an account, and to whoever asks for its certificate too early, as JSON.</summary>
/// <param name="Name">The name that was asked for.</param>
/// <param name="Fingerprint">SHA-256 of the public key: what the certificate is fetched by.</param>
/// <param name="Spoken">The same, shortened and grouped, to be compared by voice with what the operator sees.</param>
/// <param name="RequestedAt">When the request came.</param>
public sealed record ReceiptDocument(string Name, string Fingerprint, string Spoken, DateTimeOffset RequestedAt);
