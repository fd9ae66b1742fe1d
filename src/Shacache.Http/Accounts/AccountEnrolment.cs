using Shacache.Core.Accounts;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;

namespace Shacache.Http.Accounts;

/// <summary>What uploaders do themselves: ask for an account, fetch the certificate, renew it. Recorded in the audit log.</summary>
internal sealed class AccountEnrolment(IAccountStore accounts, AccountAuthority authority, AccountOptions options, TimeProvider time)
{
    /// <summary>Keeps a request until the operator decides. The same key again is the same request.</summary>
    /// <param name="pem">The PKCS#10 request.</param>
    /// <param name="from">The address it came from, for the audit log.</param>
    /// <param name="network">The same as those are counted by who may wait.</param>
    /// <param name="cancellationToken">Stops it before it is kept.</param>
    /// <exception cref="RefusedException">It is no good request; the key has a certificate, or had one that was revoked; too many wait.</exception>
    public async ValueTask<AccountRequest> RequestAsync(string pem, string from, string network, CancellationToken cancellationToken)
    {
        SigningRequest signing = Parse(pem);
        if (signing.CommonName is not { } wish)
            throw new RefusedException(AccountProblems.Malformed("The certificate request has no common name, or several: it is the name of the account."));
        if (!AccountName.TryCreate(wish, out AccountName? name, out string? problem))
            throw new RefusedException(AccountProblems.Malformed(problem));
        DateTimeOffset now = time.GetUtcNow();
        Fingerprint key = signing.KeyFingerprint;
        AccountCertificate? known = await accounts.FindCertificateByKeyAsync(key, cancellationToken);
        AccountAdministration.ThrowIfRevoked(known);
        if (known is not null && now < known.NotAfter)
        {
            throw new RefusedException(AccountProblems.Conflict($"The key has a certificate of the account {known.Account}, valid until {known.NotAfter:u}; fetch that one, or renew it."));
        }

        var request = new AccountRequest(name, key, signing.Pem, now, network);
        var audit = new AuditEntry(now, AuditEntry.Anonymous, AuditAction.Request, name.Value, from, $"key {key}");
        return await accounts.AddRequestAsync(request, options.RequestLimits, audit, cancellationToken) switch
        {
            AccountRequestAddition.Added => request,
            AccountRequestAddition.AlreadyPending => await accounts.FindRequestAsync(key, cancellationToken) ?? request,
            _ => throw new RefusedException(AccountProblems.TooMany("Too many requests for accounts wait for the operator; try again later, or tell them.")),
        };
    }

    /// <summary>Issues a new certificate to the holder of a good one.</summary>
    /// <exception cref="RefusedException">It is no good request; its key's certificate was revoked; the account or the authority's key is not here.</exception>
    /// <exception cref="AuthorityFileException">The authority's key cannot be used.</exception>
    public async ValueTask<AccountCertificate> RenewAsync(string pem, AccountName name, TimeSpan validity, string from, CancellationToken cancellationToken)
    {
        SigningRequest signing = Parse(pem);
        AccountAdministration.ThrowIfRevoked(await accounts.FindCertificateByKeyAsync(signing.KeyFingerprint, cancellationToken));
        using CertificateAuthority issuer = authority.OpenIssuer() ?? throw AccountAdministration.NoKey();
        AccountCertificate certificate = AccountAdministration.Issue(issuer, signing, name, validity, time);
        var audit = new AuditEntry(
            time.GetUtcNow(), name.Value, AuditAction.Renew, name.Value, from, $"certificate {certificate.Fingerprint}, until {AccountShapes.Day(certificate.NotAfter)}");
        return await accounts.AddCertificateAsync(certificate, audit, cancellationToken)
            ? certificate
            : throw new RefusedException(AccountProblems.Conflict($"The operator made the certificate of {name} elsewhere: the account is not known here. Ask them, or request an account."));
    }

    private static SigningRequest Parse(string pem) => SigningRequest.TryParse(pem, out SigningRequest? signing, out string? problem)
        ? signing
        : throw new RefusedException(AccountProblems.Malformed(problem));
}
