namespace Shacache.Core.Accounts;

/// <summary>What a client certificate is worth by itself, and whose it says that it is.</summary>
/// <param name="State">The verdict.</param>
/// <param name="Account">
/// Its common name when that is a legal account name; otherwise <c>cert-</c> and the first 32 digits of its key's fingerprint, so that every certificate that
/// an operator made belongs to some account. Null unless <see cref="State"/> is <see cref="ClientCertificateState.Valid"/>.
/// </param>
/// <param name="Explanation">Why, on one line, for who presented it; holds nothing secret.</param>
public sealed record ClientCertificateVerdict(ClientCertificateState State, AccountName? Account, string Explanation);
