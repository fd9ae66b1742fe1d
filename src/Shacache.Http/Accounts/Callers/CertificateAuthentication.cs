using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;

namespace Shacache.Http.Accounts.Callers;

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

/// <summary>Judges client certificates, and remembers the good ones for a while: the signature need not be verified for each request of a connection.</summary>
/// <remarks>What may change, revocation and rights, is not remembered here.</remarks>
internal sealed class CertificateVerdicts(AccountAuthority authority, TimeProvider time)
{
    // A certificate that was not shown for long is judged anew; so is everything when too many are shown.
    private const int MaxRemembered = 1024;
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<Fingerprint, (ClientCertificateVerdict Verdict, DateTimeOffset Until)> _remembered = new();

    /// <summary>Judges.</summary>
    /// <param name="certificate">What the client presented, and proved to have the key of.</param>
    /// <param name="fingerprint">Of the certificate.</param>
    public ClientCertificateVerdict Judge(X509Certificate2 certificate, Fingerprint fingerprint)
    {
        DateTimeOffset now = time.GetUtcNow();
        // Longer than that is not remembered: the clock was set back.
        if (_remembered.TryGetValue(fingerprint, out var known) && now < known.Until && known.Until - now <= MaxAge)
            return known.Verdict;
        ClientCertificateVerdict verdict = authority.Judge.Judge(certificate);
        if (verdict.State != ClientCertificateState.Valid)
            return verdict;
        if (_remembered.Count >= MaxRemembered)
            _remembered.Clear();
        DateTimeOffset end = CertificateTimes.EndOf(certificate);
        _remembered[fingerprint] = (verdict, end < now + MaxAge ? end : now + MaxAge);
        return verdict;
    }
}
