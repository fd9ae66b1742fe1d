using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Http.Access;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;

namespace Shacache.Http.Accounts;

/// <summary>What the operator does with accounts: decides requests, changes rights, revokes, makes tokens. Each change is recorded in the audit log in the same step.</summary>
internal sealed class AccountAdministration(IAccountStore accounts, DailyUse uses, AccountAuthority authority, TimeProvider time)
{
    /// <summary>How long a token is valid unless told otherwise, in days.</summary>
    public const int DefaultTokenDays = 90;

    /// <summary>The longest validity of a certificate or token, in days.</summary>
    public const int MaxDays = 3650;

    private const int TokenIdBytes = 6;

    /// <summary>What waits, oldest first.</summary>
    public async ValueTask<RequestListDocument> ListRequestsAsync(CancellationToken cancellationToken) =>
        new([.. (await accounts.ListRequestsAsync(cancellationToken)).Select(request => request.ToDocument())]);

    /// <summary>Approves a request: issues the certificate, and makes or changes the account.</summary>
    /// <exception cref="RefusedException">There is no such request, or it cannot be approved like this.</exception>
    /// <exception cref="AuthorityFileException">The authority's key cannot be used.</exception>
    public async ValueTask<AccountDocument> ApproveAsync(
        Fingerprint key, ApprovalDocument approval, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(approval);
        ArgumentNullException.ThrowIfNull(actor);
        AccountRequest request = await accounts.FindRequestAsync(key, cancellationToken) ?? throw NoRequest(key);
        ThrowIfRevoked(await accounts.FindCertificateByKeyAsync(key, cancellationToken));
        AccountName name = approval.Name is null ? request.Name : ParseName(approval.Name);
        TimeSpan validity = Days(approval.Days, (int)CertificateAuthority.DefaultValidity.TotalDays);
        AccountCertificate certificate = approval.Certificate is null ? Issue(request, name, validity) : Take(approval.Certificate, request, name);
        AccountRights rights = approval.Rights?.ToRights() ?? (await accounts.FindAsync(name, cancellationToken))?.Rights ?? AccountRights.Uploader;
        AuditEntry audit = Entry(
            actor, AuditAction.Approve, name.Value, $"key {key}, certificate {certificate.Fingerprint}, until {AccountShapes.Day(certificate.NotAfter)}, {Describe(rights)}");
        if (!await accounts.ApproveAsync(certificate, rights, audit, cancellationToken))
            throw NoRequest(key);
        return await FindAsync(name, cancellationToken);
    }

    /// <summary>Takes a request away.</summary>
    /// <exception cref="RefusedException">There is no such request.</exception>
    public async ValueTask RejectAsync(Fingerprint key, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        AccountRequest request = await accounts.FindRequestAsync(key, cancellationToken) ?? throw NoRequest(key);
        if (!await accounts.RejectAsync(key, Entry(actor, AuditAction.Reject, request.Name.Value, $"key {key}"), cancellationToken))
            throw NoRequest(key);
    }

    /// <summary>All accounts, by name.</summary>
    public async ValueTask<AccountListDocument> ListAsync(CancellationToken cancellationToken)
    {
        ILookup<AccountName, AccountCertificate> certificates = (await accounts.ListCertificatesAsync(null, cancellationToken)).ToLookup(one => one.Account);
        ILookup<AccountName, AccountToken> tokens = (await accounts.ListTokensAsync(null, cancellationToken)).ToLookup(one => one.Account);
        List<AccountDocument> documents = [];
        foreach (Account account in await accounts.ListAsync(cancellationToken))
            documents.Add(await DescribeAsync(account, certificates[account.Name], tokens[account.Name], cancellationToken));
        return new AccountListDocument(documents);
    }

    /// <summary>One account.</summary>
    /// <exception cref="RefusedException">There is none of this name.</exception>
    public async ValueTask<AccountDocument> FindAsync(AccountName name, CancellationToken cancellationToken)
    {
        Account account = await accounts.FindAsync(name, cancellationToken) ?? throw NoAccount(name);
        return await DescribeAsync(
            account, await accounts.ListCertificatesAsync(name, cancellationToken), await accounts.ListTokensAsync(name, cancellationToken), cancellationToken);
    }

    /// <summary>Gives an account other rights, or makes it.</summary>
    /// <returns>The account, and whether it was made.</returns>
    /// <exception cref="RefusedException">The rights make no sense.</exception>
    public async ValueTask<(AccountDocument Account, bool IsNew)> SetRightsAsync(
        AccountName name, RightsDocument rights, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rights);
        ArgumentNullException.ThrowIfNull(actor);
        AccountRights wanted = rights.ToRights();
        bool isNew = await accounts.FindAsync(name, cancellationToken) is null;
        await accounts.SetRightsAsync(name, wanted, Entry(actor, AuditAction.SetRights, Subject(name), Describe(wanted)), cancellationToken);
        return (await FindAsync(name, cancellationToken), isNew);
    }

    /// <summary>Revokes an account with its certificates and tokens; also one that is known by the operator's own certificates only.</summary>
    /// <returns>The account, and whether there was none of this name before.</returns>
    public async ValueTask<(AccountDocument Account, bool IsNew)> RevokeAsync(AccountName name, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        bool wasThere = await accounts.RevokeAsync(name, Entry(actor, AuditAction.Revoke, Subject(name), ""), cancellationToken);
        return (await FindAsync(name, cancellationToken), !wasThere);
    }

    /// <summary>Revokes one certificate.</summary>
    /// <exception cref="RefusedException">It is not known here.</exception>
    public async ValueTask RevokeCertificateAsync(Fingerprint fingerprint, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        AccountCertificate? certificate = await accounts.FindCertificateAsync(fingerprint, cancellationToken);
        if (certificate is null ||
            !await accounts.RevokeCertificateAsync(
                fingerprint, Entry(actor, AuditAction.RevokeCertificate, certificate.Account.Value, $"certificate {fingerprint}"), cancellationToken))
        {
            throw new RefusedException(AccountProblems.Unknown($"No certificate {fingerprint} was issued here; one that the operator made elsewhere is revoked with its account."));
        }
    }

    /// <summary>Makes a token.</summary>
    /// <returns>The token with its secret, which is kept nowhere.</returns>
    /// <exception cref="RefusedException">There is no such account, or it is revoked; the validity makes no sense.</exception>
    public async ValueTask<NewTokenDocument> AddTokenAsync(AccountName name, TokenOrderDocument order, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(actor);
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset expiresAt = now + Days(order.Days, DefaultTokenDays);
        string secret = TokenSecret.Generate();
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenIdBytes));
        var token = new AccountToken(id, name, TokenSecret.Hash(secret)!, now, expiresAt);
        AuditEntry audit = Entry(actor, AuditAction.AddToken, Subject(name), $"token {id}, until {AccountShapes.Day(expiresAt)}");
        if (await accounts.AddTokenAsync(token, audit, cancellationToken))
            return new NewTokenDocument(id, secret, expiresAt);
        throw await accounts.FindAsync(name, cancellationToken) is null
            ? NoAccount(name)
            : new RefusedException(AccountProblems.Conflict($"The account {name} is revoked; it gets no token."));
    }

    /// <summary>Revokes a token.</summary>
    /// <exception cref="RefusedException">There is no such token.</exception>
    public async ValueTask RevokeTokenAsync(string id, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(actor);
        AccountToken? token = (await accounts.ListTokensAsync(null, cancellationToken)).FirstOrDefault(one => one.Id == id);
        if (token is null || !await accounts.RevokeTokenAsync(id, Entry(actor, AuditAction.RevokeToken, token.Account.Value, $"token {id}"), cancellationToken))
            throw new RefusedException(AccountProblems.Unknown("There is no token of this id."));
    }

    internal static RefusedException NoKey() => new(
        AccountProblems.Conflict("The private key of the certificate authority is not on this server; issue the certificate where the key is, and approve with that certificate."));

    /// <summary>Refuses a key that had a certificate until that was revoked: it may have been stolen, and the thief still has it.</summary>
    /// <param name="last">The last certificate of the key; null for none.</param>
    internal static void ThrowIfRevoked(AccountCertificate? last)
    {
        if (last is { RevokedAt: { } at })
        {
            throw new RefusedException(AccountProblems.Conflict($"The certificate of this key, of the account {last.Account}, was revoked at {at:u}; make a new key, and request with that."));
        }
    }

    internal static AccountCertificate Issue(CertificateAuthority issuer, SigningRequest signing, AccountName name, TimeSpan validity, TimeProvider time)
    {
        try
        {
            return issuer.Issue(signing, name, validity, time);
        }
        catch (InvalidOperationException e)
        {
            // The authority's own time is over.
            throw new RefusedException(AccountProblems.Conflict(e.Message));
        }
    }

    private static RefusedException NoRequest(Fingerprint key) => new(AccountProblems.Unknown($"No request with the key {key} waits."));

    private static RefusedException NoAccount(AccountName name) => new(AccountProblems.Unknown($"There is no account {name}."));

    private static AccountName ParseName(string text) => AccountName.TryCreate(text, out AccountName? name, out string? problem)
        ? name
        : throw new RefusedException(AccountProblems.Malformed(problem));

    private static TimeSpan Days(int? days, int usual) => days is null or (>= 1 and <= MaxDays)
        ? TimeSpan.FromDays(days ?? usual)
        : throw new RefusedException(AccountProblems.Malformed($"A validity of {days} days is not from 1 to {MaxDays}."));

    private static string Subject(AccountName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Value;
    }

    private static string Describe(AccountRights rights) =>
        rights.MaxBytesPerDay is { } bytes ? $"rights {rights}, {bytes} bytes a day" : $"rights {rights}";

    private AuditEntry Entry(Actor actor, AuditAction action, string subject, string detail) =>
        actor.Record(time.GetUtcNow(), action, subject, detail);

    private AccountCertificate Issue(AccountRequest request, AccountName name, TimeSpan validity)
    {
        using CertificateAuthority issuer = authority.OpenIssuer() ?? throw NoKey();
        return SigningRequest.TryParse(request.Pem, out SigningRequest? signing, out string? problem)
            ? Issue(issuer, signing, name, validity, time)
            : throw new RefusedException(AccountProblems.Malformed(problem));
    }

    private AccountCertificate Take(string pem, AccountRequest request, AccountName name)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException)
        {
            throw new RefusedException(AccountProblems.Malformed("The approval has a certificate that cannot be read."));
        }

        using (certificate)
        {
            ClientCertificateVerdict verdict = authority.Judge.Judge(certificate);
            if (verdict.State != ClientCertificateState.Valid)
                throw new RefusedException(AccountProblems.Malformed($"The certificate of the approval is refused: {verdict.Explanation}."));
            if (verdict.Account != name)
                throw new RefusedException(AccountProblems.Malformed($"The certificate of the approval names {verdict.Account}, not {name}."));
            AccountCertificate described = AccountCertificate.Of(name, certificate);
            return described.KeyFingerprint == request.KeyFingerprint
                ? described
                : throw new RefusedException(AccountProblems.Malformed("The certificate of the approval has another key than the request."));
        }
    }

    private async ValueTask<AccountDocument> DescribeAsync(
        Account account, IEnumerable<AccountCertificate> certificates, IEnumerable<AccountToken> tokens, CancellationToken cancellationToken)
    {
        AccountUse use = await uses.AddAsync(account.Name, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), 0, null, cancellationToken);
        return new AccountDocument(
            account.Name.Value,
            account.Rights.ToDocument(),
            account.CreatedAt,
            account.RevokedAt,
            use.UsedBytes,
            [.. certificates.Select(certificate => certificate.ToDocument())],
            [.. tokens.Select(token => token.ToDocument())]);
    }
}
