namespace Shacache.Core.Accounts.Documents;

/// <summary>A request that waits for the operator, as JSON.</summary>
/// <param name="Name">The name that is asked for. Several may ask for one.</param>
/// <param name="Fingerprint">SHA-256 of the public key, 64 hexadecimal digits: names the request.</param>
/// <param name="Spoken">The same, shortened and grouped, to be compared by voice.</param>
/// <param name="RequestedAt">When it came.</param>
/// <param name="From">The address it came from.</param>
/// <param name="Pem">The PKCS#10 request itself.</param>
public sealed record RequestDocument(string Name, string Fingerprint, string Spoken, DateTimeOffset RequestedAt, string From, string Pem);
