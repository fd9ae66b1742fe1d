using Shacache.Core.Accounts;
using Shacache.Core.Clocks;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Accounts;

/// <summary>Changes to the tables of accounts, inside a transaction that holds <see cref="Locks.Administration"/>.</summary>
internal readonly struct AccountTables(Session session)
{
    /// <param name="request">The request.</param>
    /// <param name="limits">How many may wait, and for how long.</param>
    /// <param name="isTimeSure">Whether others may be dropped for their age.</param>
    public async Task<AccountRequestAddition> AddRequestAsync(AccountRequest request, AccountRequestLimits limits, bool isTimeSure)
    {
        long nowMs = request.RequestedAt.Ms();
        if (isTimeSure)
        {
            await session.RunAsync(
                new Query("UPDATE account_requests SET requested_at = $1 WHERE requested_at > $1 OR requested_at < $2").Add(nowMs).Add(SteadyClock.Dawn.Ms()),
                new Query("DELETE FROM account_requests WHERE requested_at < $1").Add(nowMs - (long)limits.Lifetime.TotalMilliseconds)).ConfigureAwait(false);
        }

        (long all, long same, long sameSender) = await session.FindAsync(
            new Query("SELECT count(*), count(*) FILTER (WHERE key_fingerprint = $1), count(*) FILTER (WHERE sender = $2) FROM account_requests")
                .Add(request.KeyFingerprint.ToHash()).Add(request.From),
            row => (row.Int64(0), row.Int64(1), row.Int64(2))).ConfigureAwait(false);
        if (same > 0)
            return AccountRequestAddition.AlreadyPending;
        if (all >= limits.MaxPending || sameSender >= limits.MaxPendingPerAddress)
            return AccountRequestAddition.TooMany;

        // A clock that was set back does not make it older than those before it.
        await session.ChangeAsync(
            new Query(
                $"INSERT INTO account_requests ({AccountRow.RequestColumns}) " +
                "SELECT $1, $2, $3, greatest($4, (SELECT max(requested_at) FROM account_requests)), $5")
                .Add(request.Name.Value).Add(request.KeyFingerprint.ToHash()).Add(request.Pem).Add(nowMs).Add(request.From)).ConfigureAwait(false);
        return AccountRequestAddition.Added;
    }

    public async Task<bool> DeleteRequestAsync(Fingerprint keyFingerprint) =>
        await session.ChangeAsync(new Query("DELETE FROM account_requests WHERE key_fingerprint = $1").Add(keyFingerprint.ToHash())).ConfigureAwait(false) > 0;

    public Task<Account?> FindAsync(AccountName name) =>
        session.FindAsync(new Query($"SELECT {AccountRow.Columns} FROM accounts WHERE name = $1").Add(name.Value), AccountRow.Read);

    /// <summary>Whether there is such an account, and it is not revoked.</summary>
    public async Task<bool> IsInForceAsync(AccountName name) => await FindAsync(name).ConfigureAwait(false) is { IsRevoked: false };

    public Task SetRightsAsync(AccountName name, AccountRights rights, DateTimeOffset at) => session.ChangeAsync(
        new Query(
            "INSERT INTO accounts (name, may_upload, may_administer, index_prefixes, max_bytes_per_day, created_at) VALUES ($1, $2, $3, $4, $5, $6) " +
            "ON CONFLICT (name) DO UPDATE SET may_upload = $2, may_administer = $3, index_prefixes = $4, max_bytes_per_day = $5")
            .Add(name.Value).Add(rights.MayUpload).Add(rights.MayAdminister).Add(AccountRow.PrefixesOf(rights)).Add(rights.MaxBytesPerDay).Add(at.Ms()));

    public Task ReinstateAsync(AccountName name) => session.ChangeAsync(new Query("UPDATE accounts SET revoked_at = NULL WHERE name = $1").Add(name.Value));

    public Task RevokeAsync(AccountName name, DateTimeOffset at) => session.RunAsync(
        new Query("UPDATE accounts SET revoked_at = coalesce(revoked_at, $2), distrusted_before = $2 WHERE name = $1").Add(name.Value).Add(at.Ms()),
        new Query("UPDATE account_certificates SET revoked_at = $2 WHERE account = $1 AND revoked_at IS NULL").Add(name.Value).Add(at.Ms()),
        new Query("UPDATE account_tokens SET revoked_at = $2 WHERE account = $1 AND revoked_at IS NULL").Add(name.Value).Add(at.Ms()));

    public Task AddCertificateAsync(AccountCertificate certificate) => session.ChangeAsync(
        new Query($"INSERT INTO account_certificates ({AccountRow.CertificateColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
            .Add(certificate.Account.Value).Add(certificate.Fingerprint.ToHash()).Add(certificate.KeyFingerprint.ToHash()).Add(certificate.SerialNumber)
            .Add(certificate.NotBefore.Ms()).Add(certificate.NotAfter.Ms()).Add(certificate.Pem).Add(certificate.RevokedAt?.Ms()));

    public async Task<bool> RevokeCertificateAsync(Fingerprint fingerprint, DateTimeOffset at) => await session.ChangeAsync(
        new Query("UPDATE account_certificates SET revoked_at = coalesce(revoked_at, $2) WHERE fingerprint = $1")
            .Add(fingerprint.ToHash()).Add(at.Ms())).ConfigureAwait(false) > 0;

    public Task AddTokenAsync(AccountToken token) => session.ChangeAsync(
        new Query($"INSERT INTO account_tokens ({AccountRow.TokenColumns}) VALUES ($1, $2, $3, $4, $5, $6)")
            .Add(token.Id).Add(token.Account.Value).Add(token.SecretHash.ToHash()).Add(token.CreatedAt.Ms()).Add(token.ExpiresAt.Ms()).Add(token.RevokedAt?.Ms()));

    public async Task<bool> RevokeTokenAsync(string id, DateTimeOffset at) => await session.ChangeAsync(
        new Query("UPDATE account_tokens SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1").Add(id).Add(at.Ms())).ConfigureAwait(false) > 0;
}
