using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;

namespace Shacache.Http.Accounts;

/// <summary>Finds the account of a TLS client certificate. The account and its revocation are looked up each time.</summary>
internal sealed class CertificateAuthentication(CertificateVerdicts verdicts, IAccountStore accounts, AccountOptions options)
{
    public async ValueTask<Identification> IdentifyAsync(X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var fingerprint = Fingerprint.OfCertificate(certificate);
        ClientCertificateVerdict verdict = verdicts.Judge(certificate, fingerprint);
        if (verdict.Account is not { } name)
            return AccountProblems.BadCertificate(verdict.Explanation);
        AccountCertificate? issued = await accounts.FindCertificateAsync(fingerprint, cancellationToken);
        if (issued?.RevokedAt is { } revokedAt)
            return AccountProblems.CertificateRevoked(revokedAt);

        // One that is not known here was made by the operator, who owns the authority's key: it is its word that the name is right.
        name = issued?.Account ?? name;
        DateTimeOffset validUntil = CertificateTimes.EndOf(certificate);
        if (await accounts.FindAsync(name, cancellationToken) is not { } account)
            return new Caller(CredentialKind.Certificate, name, options.CertificateRights, validUntil);
        if (account.IsRevoked)
            return AccountProblems.AccountRevoked(name);
        return issued is null && CertificateTimes.BeginOf(certificate) < account.DistrustedBefore
            ? AccountProblems.BadCertificate($"it is older than the last revocation of the account {name}")
            : new Caller(CredentialKind.Certificate, name, account.Rights, validUntil);
    }
}
