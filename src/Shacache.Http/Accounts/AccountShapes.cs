using System.Globalization;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;

namespace Shacache.Http.Accounts;

/// <summary>Turns the domain of accounts into its documents, and back.</summary>
internal static class AccountShapes
{
    public static RightsDocument ToDocument(this AccountRights rights) =>
        new(rights.MayUpload, rights.IndexPrefixes, rights.MayAdminister, rights.MaxBytesPerDay);

    /// <exception cref="RefusedException">A prefix or the quota makes no sense.</exception>
    public static AccountRights ToRights(this RightsDocument document)
    {
        IReadOnlyList<string> prefixes = document.Index ?? [];
        string? problem = prefixes.Any(prefix => prefix is null) ? "A prefix is null." : AccountRights.FindProblem(prefixes);
        if (problem is not null)
            throw new RefusedException(AccountProblems.Malformed(problem));
        if (document.BytesPerDay < 0)
            throw new RefusedException(AccountProblems.Malformed($"A quota of {document.BytesPerDay} bytes makes no sense; leave it out for none."));
        return new AccountRights
        {
            MayUpload = document.Upload,
            IndexPrefixes = prefixes,
            MayAdminister = document.Administer,
            MaxBytesPerDay = document.BytesPerDay,
        };
    }

    public static RequestDocument ToDocument(this AccountRequest request) => new(
        request.Name.Value, request.KeyFingerprint.Value, request.KeyFingerprint.ToSpoken(), request.RequestedAt, request.From, request.Pem);

    public static ReceiptDocument ToReceipt(this AccountRequest request) =>
        new(request.Name.Value, request.KeyFingerprint.Value, request.KeyFingerprint.ToSpoken(), request.RequestedAt);

    public static CertificateDocument ToDocument(this AccountCertificate certificate) => new(
        certificate.Fingerprint.Value, certificate.KeyFingerprint.Value, certificate.SerialNumber, certificate.NotBefore, certificate.NotAfter, certificate.RevokedAt);

    public static TokenDocument ToDocument(this AccountToken token) => new(token.Id, token.CreatedAt, token.ExpiresAt, token.RevokedAt);

    public static AuditLineDocument ToDocument(this AuditRecord record) => new(
        record.Position, record.Entry.At, record.Entry.Actor, AuditWords.WordFor(record.Entry.Action), record.Entry.Subject, record.Entry.From, record.Entry.Detail);

    /// <summary>A day as the audit log writes it.</summary>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
