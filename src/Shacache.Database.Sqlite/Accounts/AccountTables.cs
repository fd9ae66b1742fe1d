using System.Diagnostics.CodeAnalysis;
using Shacache.Core.Accounts;
using Shacache.Core.Clocks;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Accounts;

/// <summary>Changes to the tables of accounts. Runs on the writer's thread, inside its transaction.</summary>
internal readonly struct AccountTables(Connection connection)
{
    /// <param name="request">The request.</param>
    /// <param name="limits">How many may wait, and for how long.</param>
    /// <param name="isTimeSure">Whether others may be dropped for their age.</param>
    public AccountRequestAddition AddRequest(AccountRequest request, AccountRequestLimits limits, bool isTimeSure)
    {
        long nowMs = request.RequestedAt.ToUnixTimeMilliseconds();
        if (isTimeSure)
            DropExpiredRequests(nowMs, limits);
        if (HasRequest(request.KeyFingerprint))
            return AccountRequestAddition.AlreadyPending;
        using (Statement count = connection.Prepare("SELECT count(*), count(*) FILTER (WHERE sender = ?1) FROM account_requests"))
        {
            count.BindText(1, request.From);
            if (!count.Step() || count.Int64(0) >= limits.MaxPending || count.Int64(1) >= limits.MaxPendingPerAddress)
                return AccountRequestAddition.TooMany;
        }

        using Statement insert = connection.Prepare(
            // A clock that was set back does not make it older than those before it.
            $"INSERT INTO account_requests ({AccountRow.RequestColumns}) " +
            "VALUES (?1, ?2, ?3, max(?4, ifnull((SELECT max(requested_at) FROM account_requests), ?4)), ?5)");
        AccountRow.Bind(insert, 2, request.KeyFingerprint);
        insert.BindText(1, request.Name.Value).BindText(3, request.Pem).Bind(4, nowMs).BindText(5, request.From).Run();
        return AccountRequestAddition.Added;
    }

    private void DropExpiredRequests(long nowMs, AccountRequestLimits limits)
    {
        using (Statement correct = connection.Prepare("UPDATE account_requests SET requested_at = ?1 WHERE requested_at > ?1 OR requested_at < ?2"))
            correct.Bind(1, nowMs).Bind(2, SteadyClock.Dawn.ToUnixTimeMilliseconds()).Run();
        using Statement expire = connection.Prepare("DELETE FROM account_requests WHERE requested_at < ?1");
        expire.Bind(1, nowMs - (long)limits.Lifetime.TotalMilliseconds).Run();
    }

    public bool DeleteRequest(Fingerprint keyFingerprint)
    {
        using Statement delete = connection.Prepare("DELETE FROM account_requests WHERE key_fingerprint = ?1");
        AccountRow.Bind(delete, 1, keyFingerprint);
        delete.Run();
        return connection.Changes > 0;
    }

    public Account? Find(AccountName name)
    {
        using Statement find = connection.Prepare($"SELECT {AccountRow.Columns} FROM accounts WHERE name = ?1");
        find.BindText(1, name.Value);
        return find.Step() ? AccountRow.Read(find) : null;
    }

    /// <summary>Whether there is such an account, and it is not revoked.</summary>
    public bool IsInForce(AccountName name) => Find(name) is { IsRevoked: false };

    public void SetRights(AccountName name, AccountRights rights, DateTimeOffset at)
    {
        using Statement upsert = connection.Prepare(
            "INSERT INTO accounts (name, may_upload, may_administer, index_prefixes, max_bytes_per_day, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) " +
            "ON CONFLICT (name) DO UPDATE SET may_upload = ?2, may_administer = ?3, index_prefixes = ?4, max_bytes_per_day = ?5");
        AccountRow.BindRights(upsert, rights);
        upsert.BindText(1, name.Value).Bind(6, at.ToUnixTimeMilliseconds()).Run();
    }

    public void Reinstate(AccountName name) => Run("UPDATE accounts SET revoked_at = NULL WHERE name = ?1", name.Value);

    public void Revoke(AccountName name, DateTimeOffset at)
    {
        Run("UPDATE accounts SET revoked_at = coalesce(revoked_at, ?2), distrusted_before = ?2 WHERE name = ?1", name.Value, at);
        Run("UPDATE account_certificates SET revoked_at = ?2 WHERE account = ?1 AND revoked_at IS NULL", name.Value, at);
        Run("UPDATE account_tokens SET revoked_at = ?2 WHERE account = ?1 AND revoked_at IS NULL", name.Value, at);
    }

    public void AddCertificate(AccountCertificate certificate)
    {
        using Statement insert = connection.Prepare(
            $"INSERT INTO account_certificates ({AccountRow.CertificateColumns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        AccountRow.Bind(insert, 2, certificate.Fingerprint);
        AccountRow.Bind(insert, 3, certificate.KeyFingerprint);
        insert.BindText(1, certificate.Account.Value)
            .BindText(4, certificate.SerialNumber)
            .Bind(5, certificate.NotBefore.ToUnixTimeMilliseconds())
            .Bind(6, certificate.NotAfter.ToUnixTimeMilliseconds())
            .BindText(7, certificate.Pem)
            .Bind(8, certificate.RevokedAt?.ToUnixTimeMilliseconds())
            .Run();
    }

    public bool RevokeCertificate(Fingerprint fingerprint, DateTimeOffset at)
    {
        using Statement update = connection.Prepare("UPDATE account_certificates SET revoked_at = coalesce(revoked_at, ?2) WHERE fingerprint = ?1");
        AccountRow.Bind(update, 1, fingerprint);
        update.Bind(2, at.ToUnixTimeMilliseconds()).Run();
        return connection.Changes > 0;
    }

    public void AddToken(AccountToken token)
    {
        using Statement insert = connection.Prepare($"INSERT INTO account_tokens ({AccountRow.TokenColumns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        AccountRow.Bind(insert, 3, token.SecretHash);
        insert.BindText(1, token.Id)
            .BindText(2, token.Account.Value)
            .Bind(4, token.CreatedAt.ToUnixTimeMilliseconds())
            .Bind(5, token.ExpiresAt.ToUnixTimeMilliseconds())
            .Bind(6, token.RevokedAt?.ToUnixTimeMilliseconds())
            .Run();
    }

    public bool RevokeToken(string id, DateTimeOffset at) => Run("UPDATE account_tokens SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1", id, at);

    /// <returns>The bytes of the day afterwards.</returns>
    public long AddUse(AccountUseChange change)
    {
        using Statement add = connection.Prepare(
            "INSERT INTO account_use (day, account, bytes) VALUES (?1, ?2, max(?3, 0)) " +
            "ON CONFLICT (day, account) DO UPDATE SET bytes = max(bytes + ?3, 0) RETURNING bytes");
        add.Bind(1, change.Day.DayNumber).BindText(2, change.Account.Value).Bind(3, change.Bytes);
        return add.Step() ? add.Int64(0) : 0;
    }

    public void DropUseBefore(DateOnly day)
    {
        using Statement expire = connection.Prepare("DELETE FROM account_use WHERE day < ?1");
        expire.Bind(1, day.DayNumber).Run();
    }

    private bool HasRequest(Fingerprint keyFingerprint)
    {
        using Statement find = connection.Prepare("SELECT 1 FROM account_requests WHERE key_fingerprint = ?1");
        AccountRow.Bind(find, 1, keyFingerprint);
        return find.Step();
    }

    private bool Run([ConstantExpected] string sql, string name, DateTimeOffset? at = null)
    {
        using Statement update = connection.Prepare(sql);
        update.BindText(1, name);
        if (at is { } time)
            update.Bind(2, time.ToUnixTimeMilliseconds());
        update.Run();
        return connection.Changes > 0;
    }
}
