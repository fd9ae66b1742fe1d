namespace Shacache.Core.Accounts;

/// <summary>Somebody asks for an account. Nothing in it is believed but that he has the private key.</summary>
/// <param name="Name">The name he asks for. Several may ask for the same one: the key tells them apart.</param>
/// <param name="KeyFingerprint">Of the public key: identifies the request, and is what people compare by voice.</param>
/// <param name="Pem">The PKCS#10 request.</param>
/// <param name="RequestedAt">When it came.</param>
/// <param name="From">The address it came from, of IPv6 its /64: what those that wait are counted by.</param>
public sealed record AccountRequest(AccountName Name, Fingerprint KeyFingerprint, string Pem, DateTimeOffset RequestedAt, string From);
