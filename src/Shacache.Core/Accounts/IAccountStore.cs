using Shacache.Core.Blobs;

namespace Shacache.Core.Accounts;

/// <summary>Accounts with their certificates and tokens, and the requests for them.</summary>
/// <remarks>
/// Safe for concurrent use, by several processes where the backend can. Every change takes the line that the audit log gets of it and makes both
/// in one step, durable when the call returns: nothing changes unrecorded, and nothing is recorded that did not happen. Every call may throw
/// <see cref="StorageFullException"/> (no room) and <see cref="AccountStoreException"/> (the backend failed); nothing has changed then.
/// The rules every implementation obeys are tests: AccountStoreContract in tests/Shacache.Testing.
/// </remarks>
public interface IAccountStore
{
    /// <summary>Keeps a request until the operator has decided. Drops those that are older than <see cref="AccountRequestLimits.Lifetime"/> first.</summary>
    /// <param name="request">The request; one for each key.</param>
    /// <param name="limits">How many are kept.</param>
    /// <param name="audit">Written when the request is added, only then.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    ValueTask<AccountRequestAddition> AddRequestAsync(
        AccountRequest request, AccountRequestLimits limits, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>The request made with a key; null when none waits.</summary>
    ValueTask<AccountRequest?> FindRequestAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken);

    /// <summary>What waits, oldest first.</summary>
    ValueTask<IReadOnlyList<AccountRequest>> ListRequestsAsync(CancellationToken cancellationToken);

    /// <summary>Takes a request away without an account.</summary>
    /// <returns>False when none waits with this key; nothing is recorded then.</returns>
    ValueTask<bool> RejectAsync(Fingerprint keyFingerprint, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>Answers a request: takes it away, makes or changes the account and adds its certificate, all or nothing.</summary>
    /// <remarks>An account that was revoked is in force again, with this certificate; its older ones and its tokens stay revoked.</remarks>
    /// <param name="certificate">What was issued; its <see cref="AccountCertificate.KeyFingerprint"/> names the request and its account the account.</param>
    /// <param name="rights">What the account may do from now on.</param>
    /// <param name="audit">What is recorded; its time is when the account is made.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    /// <returns>False when the request is not there (any more); nothing changed then.</returns>
    ValueTask<bool> ApproveAsync(
        AccountCertificate certificate, AccountRights rights, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>An account by its name; null when there is none.</summary>
    ValueTask<Account?> FindAsync(AccountName name, CancellationToken cancellationToken);

    /// <summary>All accounts, revoked ones too, by name.</summary>
    ValueTask<IReadOnlyList<Account>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Makes an account, or gives an existing one other rights. A revoked one stays revoked.</summary>
    /// <returns>The account as it is now.</returns>
    ValueTask<Account> SetRightsAsync(AccountName name, AccountRights rights, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>Revokes an account with all its certificates and tokens. The audit line's time is that of the revocation.</summary>
    /// <remarks>
    /// A name without an account gets a revoked one: certificates of that name may exist that the operator made elsewhere. Revoking twice keeps
    /// the first time in <see cref="Account.RevokedAt"/>.
    /// </remarks>
    /// <returns>False when there was no account of this name before, but at most one that was made so.</returns>
    ValueTask<bool> RevokeAsync(AccountName name, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>Adds a certificate to an account that is in force: renewal.</summary>
    /// <returns>False when there is no such account, or it is revoked; nothing changed then.</returns>
    ValueTask<bool> AddCertificateAsync(AccountCertificate certificate, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>A certificate by its fingerprint; null when the store does not know it.</summary>
    ValueTask<AccountCertificate?> FindCertificateAsync(Fingerprint fingerprint, CancellationToken cancellationToken);

    /// <summary>The newest certificate with a public key; null when there is none.</summary>
    ValueTask<AccountCertificate?> FindCertificateByKeyAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken);

    /// <summary>The certificates of an account, or of all, newest first.</summary>
    ValueTask<IReadOnlyList<AccountCertificate>> ListCertificatesAsync(AccountName? account, CancellationToken cancellationToken);

    /// <summary>Revokes one certificate, known by its fingerprint.</summary>
    /// <returns>False when the store does not know it; nothing changed then. True also when it was revoked before.</returns>
    ValueTask<bool> RevokeCertificateAsync(Fingerprint fingerprint, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>Adds a token to an account that is in force.</summary>
    /// <returns>False when there is no such account, or it is revoked; nothing changed then.</returns>
    ValueTask<bool> AddTokenAsync(AccountToken token, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>A token by the hash of its secret; null when there is none.</summary>
    ValueTask<AccountToken?> FindTokenAsync(Fingerprint secretHash, CancellationToken cancellationToken);

    /// <summary>The tokens of an account, or of all, newest first.</summary>
    ValueTask<IReadOnlyList<AccountToken>> ListTokensAsync(AccountName? account, CancellationToken cancellationToken);

    /// <summary>Revokes one token, by its <see cref="AccountToken.Id"/>.</summary>
    /// <returns>False when there is no such token; nothing changed then. True also when it was revoked before.</returns>
    ValueTask<bool> RevokeTokenAsync(string id, AuditEntry audit, CancellationToken cancellationToken);

    /// <summary>Bytes that an account has used of a day, as far as that was written.</summary>
    ValueTask<long> FindUseAsync(AccountName account, DateOnly day, CancellationToken cancellationToken);

    /// <summary>Adds to the bytes that accounts have used, all or none; down to 0 bytes of a day. <see cref="DailyUse"/> gathers them. Needs no accounts of these names.</summary>
    /// <returns>The bytes of each day afterwards.</returns>
    ValueTask<IReadOnlyList<long>> AddUseAsync(IReadOnlyList<AccountUseChange> changes, CancellationToken cancellationToken);
}

/// <summary>The backend of accounts or of the audit log failed. The backend's own exception is the inner one.</summary>
public class AccountStoreException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="message">What was tried and what was found, for the operator.</param>
    /// <param name="innerException">The backend's own exception.</param>
    public AccountStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the backend is away and may be back soon: the same may be tried again then.</summary>
    public bool IsAway { get; init; }
}
