using Shacache.Core.Accounts;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Accounts;

/// <summary>How accounts and what belongs to them look in their tables.</summary>
internal static class AccountRow
{
    /// <summary>The columns of each kind, in the order that its reading method wants.</summary>
    public const string Columns = "name, may_upload, may_administer, index_prefixes, max_bytes_per_day, created_at, revoked_at, distrusted_before";

    public const string RequestColumns = "name, key_fingerprint, pem, requested_at, sender";

    public const string CertificateColumns = "account, fingerprint, key_fingerprint, serial_number, not_before, not_after, pem, revoked_at";

    public const string TokenColumns = "id, account, secret_hash, created_at, expires_at, revoked_at";

    public static Account Read(Statement row) =>
        new(
            AccountName.Create(row.Text(0)),
            new AccountRights
            {
                MayUpload = row.Int64(1) != 0,
                MayAdminister = row.Int64(2) != 0,
                IndexPrefixes = row.IsNull(3) ? [] : row.Text(3).Split('\n'),
                MaxBytesPerDay = row.IsNull(4) ? null : row.Int64(4),
            },
            Time(row, 5),
            TimeOrNull(row, 6),
            TimeOrNull(row, 7));

    public static AccountRequest ReadRequest(Statement row) =>
        new(AccountName.Create(row.Text(0)), Fingerprint.FromHash(row.Bytes(1)), row.Text(2), Time(row, 3), row.Text(4));

    public static AccountCertificate ReadCertificate(Statement row) =>
        new(
            AccountName.Create(row.Text(0)),
            Fingerprint.FromHash(row.Bytes(1)),
            Fingerprint.FromHash(row.Bytes(2)),
            row.Text(3),
            Time(row, 4),
            Time(row, 5),
            row.Text(6),
            TimeOrNull(row, 7));

    public static AccountToken ReadToken(Statement row) =>
        new(row.Text(0), AccountName.Create(row.Text(1)), Fingerprint.FromHash(row.Bytes(2)), Time(row, 3), Time(row, 4), TimeOrNull(row, 5));

    /// <summary>Binds what a row holds of the rights, from parameter 2 to 5.</summary>
    public static void BindRights(Statement statement, AccountRights rights)
    {
        statement.Bind(2, rights.MayUpload ? 1 : 0).Bind(3, rights.MayAdminister ? 1 : 0).Bind(5, rights.MaxBytesPerDay);
        // Prefixes hold no control characters.
        if (rights.IndexPrefixes.Count == 0)
            statement.Bind(4, null);
        else
            statement.BindText(4, string.Join('\n', rights.IndexPrefixes));
    }

    public static void Bind(Statement statement, int parameter, Fingerprint fingerprint) => statement.BindBlob(parameter, fingerprint.ToHash());

    private static DateTimeOffset Time(Statement row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(column));

    private static DateTimeOffset? TimeOrNull(Statement row, int column) => row.IsNull(column) ? null : Time(row, column);
}
