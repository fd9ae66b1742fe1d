using Npgsql;
using Shacache.Core.Accounts;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Accounts;

/// <summary>How accounts and what belongs to them look in their tables.</summary>
internal static class AccountRow
{
    /// <summary>The columns of each kind, in the order that its reading method wants.</summary>
    public const string Columns = "name, may_upload, may_administer, index_prefixes, max_bytes_per_day, created_at, revoked_at, distrusted_before";

    public const string RequestColumns = "name, key_fingerprint, pem, requested_at, sender";

    public const string CertificateColumns = "account, fingerprint, key_fingerprint, serial_number, not_before, not_after, pem, revoked_at";

    public const string TokenColumns = "id, account, secret_hash, created_at, expires_at, revoked_at";

    public static Account Read(NpgsqlDataReader row) =>
        new(
            AccountName.Create(row.Text(0)),
            new AccountRights
            {
                MayUpload = row.GetBoolean(1),
                MayAdminister = row.GetBoolean(2),
                IndexPrefixes = row.TextOrNull(3)?.Split('\n') ?? [],
                MaxBytesPerDay = row.Int64OrNull(4),
            },
            row.Time(5),
            row.TimeOrNull(6),
            row.TimeOrNull(7));

    public static AccountRequest ReadRequest(NpgsqlDataReader row) =>
        new(AccountName.Create(row.Text(0)), Fingerprint.FromHash(row.Bytes(1)), row.Text(2), row.Time(3), row.Text(4));

    public static AccountCertificate ReadCertificate(NpgsqlDataReader row) =>
        new(
            AccountName.Create(row.Text(0)),
            Fingerprint.FromHash(row.Bytes(1)),
            Fingerprint.FromHash(row.Bytes(2)),
            row.Text(3),
            row.Time(4),
            row.Time(5),
            row.Text(6),
            row.TimeOrNull(7));

    public static AccountToken ReadToken(NpgsqlDataReader row) =>
        new(row.Text(0), AccountName.Create(row.Text(1)), Fingerprint.FromHash(row.Bytes(2)), row.Time(3), row.Time(4), row.TimeOrNull(5));

    /// <summary>What a row holds of the prefixes of rights, which have no control characters.</summary>
    public static string? PrefixesOf(AccountRights rights) => rights.IndexPrefixes.Count == 0 ? null : string.Join('\n', rights.IndexPrefixes);
}
