using Npgsql;
using Shacache.Core.Accounts;
using Shacache.Core.Clocks;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Accounts;

/// <summary>Accounts in PostgreSQL. Each change and its line of the audit log are one transaction; changes of all nodes follow each other.</summary>
internal sealed class PostgreSqlAccountStore(Pool pool, TimeProvider time) : IAccountStore
{
    /// <summary>How long the use of a day stays in the table, for those who want to look.</summary>
    private const int KeptUseDays = 31;

    private readonly SteadyClock _clock = new(time);

    public ValueTask<AccountRequestAddition> AddRequestAsync(
        AccountRequest request, AccountRequestLimits limits, AuditEntry audit, CancellationToken cancellationToken) => ChangeAsync(
            tables => tables.AddRequestAsync(request, limits, _clock.TryGetUtcNow(out _)), added => added == AccountRequestAddition.Added, audit, cancellationToken);

    public ValueTask<AccountRequest?> FindRequestAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken) =>
        FindAsync($"SELECT {AccountRow.RequestColumns} FROM account_requests WHERE key_fingerprint = $1", keyFingerprint, AccountRow.ReadRequest, cancellationToken);

    public ValueTask<IReadOnlyList<AccountRequest>> ListRequestsAsync(CancellationToken cancellationToken) => CollectAsync(
        () => new Query($"SELECT {AccountRow.RequestColumns} FROM account_requests ORDER BY requested_at, id"), AccountRow.ReadRequest, cancellationToken);

    public ValueTask<bool> RejectAsync(Fingerprint keyFingerprint, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(tables => tables.DeleteRequestAsync(keyFingerprint), Same, audit, cancellationToken);

    public ValueTask<bool> ApproveAsync(AccountCertificate certificate, AccountRights rights, AuditEntry audit, CancellationToken cancellationToken) => ChangeAsync(
        async tables =>
        {
            if (!await tables.DeleteRequestAsync(certificate.KeyFingerprint).ConfigureAwait(false))
                return false;
            await tables.SetRightsAsync(certificate.Account, rights, audit.At).ConfigureAwait(false);
            await tables.ReinstateAsync(certificate.Account).ConfigureAwait(false);
            await tables.AddCertificateAsync(certificate).ConfigureAwait(false);
            return true;
        },
        Same,
        audit,
        cancellationToken);

    public ValueTask<Account?> FindAsync(AccountName name, CancellationToken cancellationToken) =>
        ReadAsync(session => new AccountTables(session).FindAsync(name), cancellationToken);

    public ValueTask<IReadOnlyList<Account>> ListAsync(CancellationToken cancellationToken) =>
        CollectAsync(() => new Query($"SELECT {AccountRow.Columns} FROM accounts ORDER BY name"), AccountRow.Read, cancellationToken);

    public ValueTask<Account> SetRightsAsync(AccountName name, AccountRights rights, AuditEntry audit, CancellationToken cancellationToken) => ChangeAsync(
        async tables =>
        {
            await tables.SetRightsAsync(name, rights, audit.At).ConfigureAwait(false);
            return (await tables.FindAsync(name).ConfigureAwait(false))!;
        },
        _ => true,
        audit,
        cancellationToken);

    public ValueTask<bool> RevokeAsync(AccountName name, AuditEntry audit, CancellationToken cancellationToken) => ChangeAsync(
        async tables =>
        {
            Account? known = await tables.FindAsync(name).ConfigureAwait(false);
            if (known is null)
                await tables.SetRightsAsync(name, AccountRights.None, audit.At).ConfigureAwait(false);
            await tables.RevokeAsync(name, known?.RevokedFrom(audit.At) ?? audit.At).ConfigureAwait(false);
            return known is { IsRevocationAlone: false };
        },
        _ => true,
        audit,
        cancellationToken);

    public ValueTask<bool> AddCertificateAsync(AccountCertificate certificate, AuditEntry audit, CancellationToken cancellationToken) =>
        AddAsync(certificate.Account, tables => tables.AddCertificateAsync(certificate), audit, cancellationToken);

    public ValueTask<AccountCertificate?> FindCertificateAsync(Fingerprint fingerprint, CancellationToken cancellationToken) => FindAsync(
        $"SELECT {AccountRow.CertificateColumns} FROM account_certificates WHERE fingerprint = $1", fingerprint, AccountRow.ReadCertificate, cancellationToken);

    public ValueTask<AccountCertificate?> FindCertificateByKeyAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken) => FindAsync(
        $"SELECT {AccountRow.CertificateColumns} FROM account_certificates WHERE key_fingerprint = $1 ORDER BY id DESC LIMIT 1",
        keyFingerprint,
        AccountRow.ReadCertificate,
        cancellationToken);

    public ValueTask<IReadOnlyList<AccountCertificate>> ListCertificatesAsync(AccountName? account, CancellationToken cancellationToken) => CollectAsync(
        () => OfAccount($"SELECT {AccountRow.CertificateColumns} FROM account_certificates", account, "id DESC"), AccountRow.ReadCertificate, cancellationToken);

    public ValueTask<bool> RevokeCertificateAsync(Fingerprint fingerprint, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(tables => tables.RevokeCertificateAsync(fingerprint, audit.At), Same, audit, cancellationToken);

    public ValueTask<bool> AddTokenAsync(AccountToken token, AuditEntry audit, CancellationToken cancellationToken) =>
        AddAsync(token.Account, tables => tables.AddTokenAsync(token), audit, cancellationToken);

    public ValueTask<AccountToken?> FindTokenAsync(Fingerprint secretHash, CancellationToken cancellationToken) =>
        FindAsync($"SELECT {AccountRow.TokenColumns} FROM account_tokens WHERE secret_hash = $1", secretHash, AccountRow.ReadToken, cancellationToken);

    public ValueTask<IReadOnlyList<AccountToken>> ListTokensAsync(AccountName? account, CancellationToken cancellationToken) => CollectAsync(
        () => OfAccount($"SELECT {AccountRow.TokenColumns} FROM account_tokens", account, "number DESC"), AccountRow.ReadToken, cancellationToken);

    public ValueTask<bool> RevokeTokenAsync(string id, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(tables => tables.RevokeTokenAsync(id, audit.At), Same, audit, cancellationToken);

    public ValueTask<long> FindUseAsync(AccountName account, DateOnly day, CancellationToken cancellationToken) => ReadAsync(
        session => session.FindAsync(
            new Query("SELECT bytes FROM account_use WHERE day = $1 AND account = $2").Add(day.DayNumber).Add(account.Value), row => row.Int64(0)),
        cancellationToken);

    public async ValueTask<IReadOnlyList<long>> AddUseAsync(IReadOnlyList<AccountUseChange> changes, CancellationToken cancellationToken) => await pool.ChangeAsync(
        new Attempt(Contract.Accounts, "What accounts used was not written"),
        async session =>
        {
            // In one order on all nodes, so that none waits for another that waits for it.
            (AccountUseChange Change, int Place)[] ordered =
                [.. changes.Select((change, place) => (change, place)).OrderBy(pair => pair.change.Day).ThenBy(pair => pair.change.Account.Value, StringComparer.Ordinal)];
            long[] used = new long[changes.Count];
            List<Query> queries =
            [
                .. ordered.Select(pair => new Query(
                    "INSERT INTO account_use AS u (day, account, bytes) VALUES ($1, $2, greatest($3, 0)) " +
                    "ON CONFLICT (day, account) DO UPDATE SET bytes = greatest(u.bytes + $3, 0) RETURNING bytes")
                    .Add(pair.Change.Day.DayNumber).Add(pair.Change.Account.Value).Add(pair.Change.Bytes).Into(row => used[pair.Place] = row.Int64(0))),
            ];
            if (_clock.TryGetUtcNow(out DateTimeOffset now))
                queries.Add(new Query("DELETE FROM account_use WHERE day < $1").Add(DateOnly.FromDateTime(now.UtcDateTime).AddDays(-KeptUseDays).DayNumber));
            await session.RunAsync(queries).ConfigureAwait(false);
            return (IReadOnlyList<long>)used;
        },
        cancellationToken).ConfigureAwait(false);

    private static bool Same(bool changed) => changed;

    private static Query OfAccount(string select, AccountName? account, string order) =>
        account is null ? new Query($"{select} ORDER BY {order}") : new Query($"{select} WHERE account = $1 ORDER BY {order}").Add(account.Value);

    /// <summary>Adds what belongs to an account; false when there is no such account in force.</summary>
    private ValueTask<bool> AddAsync(AccountName account, Func<AccountTables, Task> add, AuditEntry audit, CancellationToken cancellationToken) => ChangeAsync(
        async tables =>
        {
            bool isInForce = await tables.IsInForceAsync(account).ConfigureAwait(false);
            if (isInForce)
                await add(tables).ConfigureAwait(false);
            return isInForce;
        },
        Same,
        audit,
        cancellationToken);

    private async ValueTask<T> ChangeAsync<T>(Func<AccountTables, Task<T>> change, Func<T, bool> isMade, AuditEntry audit, CancellationToken cancellationToken) =>
        await pool.ChangeAsync(
            new Attempt(Contract.Accounts, $"The change ({audit.Action} {audit.Subject}) was not made"),
            async session =>
            {
                await session.RunAsync(Locks.Take(Locks.Administration)).ConfigureAwait(false);
                T result = await change(new AccountTables(session)).ConfigureAwait(false);
                if (isMade(result))
                    await session.RunAsync(AuditRow.Insert(audit)).ConfigureAwait(false);
                return result;
            },
            cancellationToken).ConfigureAwait(false);

    private ValueTask<T?> FindAsync<T>(string sql, Fingerprint fingerprint, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        where T : class =>
        ReadAsync(session => session.FindAsync(new Query(sql).Add(fingerprint.ToHash()), read), cancellationToken);

    private ValueTask<IReadOnlyList<T>> CollectAsync<T>(Func<Query> query, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<T>>(async session => await session.ListAsync(query(), read).ConfigureAwait(false), cancellationToken);

    private async ValueTask<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken) =>
        await pool.ReadAsync(new Attempt(Contract.Accounts, "The accounts were not read"), read, cancellationToken).ConfigureAwait(false);
}
