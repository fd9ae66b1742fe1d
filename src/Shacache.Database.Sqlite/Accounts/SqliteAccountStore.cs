using Shacache.Core.Accounts;
using Shacache.Core.Clocks;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Accounts;

/// <summary>Accounts in SQLite. Each change and its line of the audit log are one job of the writer, so one transaction.</summary>
internal sealed class SqliteAccountStore(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider) : IAccountStore
{
    /// <summary>How long the use of a day stays in the table, for those who want to look.</summary>
    private const int KeptUseDays = 31;

    private readonly SteadyClock _clock = new(timeProvider);

    public ValueTask<AccountRequestAddition> AddRequestAsync(
        AccountRequest request, AccountRequestLimits limits, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(tables => tables.AddRequest(request, limits, _clock.TryGetUtcNow(out _)), added => added == AccountRequestAddition.Added, audit, cancellationToken);

    public ValueTask<AccountRequest?> FindRequestAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken) =>
        FindAsync(
            connection => connection.Prepare($"SELECT {AccountRow.RequestColumns} FROM account_requests WHERE key_fingerprint = ?1"),
            keyFingerprint,
            AccountRow.ReadRequest,
            cancellationToken);

    public ValueTask<IReadOnlyList<AccountRequest>> ListRequestsAsync(CancellationToken cancellationToken) =>
        CollectAsync(
            connection => connection.Prepare($"SELECT {AccountRow.RequestColumns} FROM account_requests ORDER BY requested_at, id"),
            AccountRow.ReadRequest,
            cancellationToken);

    public ValueTask<bool> RejectAsync(Fingerprint keyFingerprint, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(tables => tables.DeleteRequest(keyFingerprint), Same, audit, cancellationToken);

    public ValueTask<bool> ApproveAsync(
        AccountCertificate certificate, AccountRights rights, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(
            tables =>
            {
                if (!tables.DeleteRequest(certificate.KeyFingerprint))
                    return false;
                tables.SetRights(certificate.Account, rights, audit.At);
                tables.Reinstate(certificate.Account);
                tables.AddCertificate(certificate);
                return true;
            },
            Same,
            audit,
            cancellationToken);

    public ValueTask<Account?> FindAsync(AccountName name, CancellationToken cancellationToken) =>
        ReadAsync(connection => new AccountTables(connection).Find(name), cancellationToken);

    public ValueTask<IReadOnlyList<Account>> ListAsync(CancellationToken cancellationToken) =>
        CollectAsync(connection => connection.Prepare($"SELECT {AccountRow.Columns} FROM accounts ORDER BY name"), AccountRow.Read, cancellationToken);

    public ValueTask<Account> SetRightsAsync(AccountName name, AccountRights rights, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(
            tables =>
            {
                tables.SetRights(name, rights, audit.At);
                return tables.Find(name)!;
            },
            _ => true,
            audit,
            cancellationToken);

    public ValueTask<bool> RevokeAsync(AccountName name, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(
            tables =>
            {
                Account? known = tables.Find(name);
                if (known is null)
                    tables.SetRights(name, AccountRights.None, audit.At);
                tables.Revoke(name, known?.RevokedFrom(audit.At) ?? audit.At);
                return known is { IsRevocationAlone: false };
            },
            _ => true,
            audit,
            cancellationToken);

    public ValueTask<bool> AddCertificateAsync(AccountCertificate certificate, AuditEntry audit, CancellationToken cancellationToken) =>
        AddAsync(certificate.Account, tables => tables.AddCertificate(certificate), audit, cancellationToken);

    public ValueTask<AccountCertificate?> FindCertificateAsync(Fingerprint fingerprint, CancellationToken cancellationToken) =>
        FindAsync(
            connection => connection.Prepare($"SELECT {AccountRow.CertificateColumns} FROM account_certificates WHERE fingerprint = ?1"),
            fingerprint,
            AccountRow.ReadCertificate,
            cancellationToken);

    public ValueTask<AccountCertificate?> FindCertificateByKeyAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken) =>
        FindAsync(
            connection => connection.Prepare(
                $"SELECT {AccountRow.CertificateColumns} FROM account_certificates WHERE key_fingerprint = ?1 ORDER BY id DESC LIMIT 1"),
            keyFingerprint,
            AccountRow.ReadCertificate,
            cancellationToken);

    public ValueTask<IReadOnlyList<AccountCertificate>> ListCertificatesAsync(AccountName? account, CancellationToken cancellationToken) =>
        CollectAsync(
            connection => account is null
                ? connection.Prepare($"SELECT {AccountRow.CertificateColumns} FROM account_certificates ORDER BY id DESC")
                : connection.Prepare($"SELECT {AccountRow.CertificateColumns} FROM account_certificates WHERE account = ?1 ORDER BY id DESC").BindText(1, account.Value),
            AccountRow.ReadCertificate,
            cancellationToken);

    public ValueTask<bool> RevokeCertificateAsync(Fingerprint fingerprint, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(tables => tables.RevokeCertificate(fingerprint, audit.At), Same, audit, cancellationToken);

    public ValueTask<bool> AddTokenAsync(AccountToken token, AuditEntry audit, CancellationToken cancellationToken) =>
        AddAsync(token.Account, tables => tables.AddToken(token), audit, cancellationToken);

    public ValueTask<AccountToken?> FindTokenAsync(Fingerprint secretHash, CancellationToken cancellationToken) =>
        FindAsync(
            connection => connection.Prepare($"SELECT {AccountRow.TokenColumns} FROM account_tokens WHERE secret_hash = ?1"),
            secretHash,
            AccountRow.ReadToken,
            cancellationToken);

    public ValueTask<IReadOnlyList<AccountToken>> ListTokensAsync(AccountName? account, CancellationToken cancellationToken) =>
        CollectAsync(
            connection => account is null
                ? connection.Prepare($"SELECT {AccountRow.TokenColumns} FROM account_tokens ORDER BY number DESC")
                : connection.Prepare($"SELECT {AccountRow.TokenColumns} FROM account_tokens WHERE account = ?1 ORDER BY number DESC").BindText(1, account.Value),
            AccountRow.ReadToken,
            cancellationToken);

    public ValueTask<bool> RevokeTokenAsync(string id, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(tables => tables.RevokeToken(id, audit.At), Same, audit, cancellationToken);

    public ValueTask<long> FindUseAsync(AccountName account, DateOnly day, CancellationToken cancellationToken) =>
        ReadAsync(
            connection =>
            {
                using Statement find = connection.Prepare("SELECT bytes FROM account_use WHERE day = ?1 AND account = ?2");
                find.Bind(1, day.DayNumber).BindText(2, account.Value);
                return find.Step() ? find.Int64(0) : 0;
            },
            cancellationToken);

    public async ValueTask<IReadOnlyList<long>> AddUseAsync(IReadOnlyList<AccountUseChange> changes, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(
                connection =>
                {
                    var tables = new AccountTables(connection);
                    long[] used = [.. changes.Select(tables.AddUse)];
                    if (_clock.TryGetUtcNow(out DateTimeOffset now))
                        tables.DropUseBefore(DateOnly.FromDateTime(now.UtcDateTime).AddDays(-KeptUseDays));
                    return used;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForAccounts("What accounts used was not written");
        }
    }

    /// <summary>Adds what belongs to an account; false when there is no such account in force.</summary>
    private ValueTask<bool> AddAsync(AccountName account, Action<AccountTables> add, AuditEntry audit, CancellationToken cancellationToken) =>
        ChangeAsync(
            tables =>
            {
                bool isInForce = tables.IsInForce(account);
                if (isInForce)
                    add(tables);
                return isInForce;
            },
            Same,
            audit,
            cancellationToken);

    private static bool Same(bool changed) => changed;

    private async ValueTask<T> ChangeAsync<T>(Func<AccountTables, T> change, Func<T, bool> isMade, AuditEntry audit, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(
                connection =>
                {
                    T result = change(new AccountTables(connection));
                    if (isMade(result))
                        AuditRow.Insert(connection, audit);
                    return result;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForAccounts($"The change ({audit.Action} {audit.Subject}) was not made");
        }
    }

    private ValueTask<T?> FindAsync<T>(
        Func<Connection, Statement> prepare, Fingerprint fingerprint, Func<Statement, T> read, CancellationToken cancellationToken)
        where T : class =>
        ReadAsync(
            connection =>
            {
                using Statement find = prepare(connection);
                AccountRow.Bind(find, 1, fingerprint);
                return find.Step() ? read(find) : null;
            },
            cancellationToken);

    private ValueTask<IReadOnlyList<T>> CollectAsync<T>(
        Func<Connection, Statement> prepare, Func<Statement, T> read, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<T>>(
            connection =>
            {
                using Statement select = prepare(connection);
                List<T> rows = [];
                while (select.Step())
                    rows.Add(read(select));
                return rows;
            },
            cancellationToken);

    private async ValueTask<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            return read(lease.Connection);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForAccounts("The accounts were not read");
        }
    }
}
