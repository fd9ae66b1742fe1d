using System.Diagnostics.CodeAnalysis;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>What was found damaged, in SQLite.</summary>
internal sealed class SqliteRepairLog(WriteQueue writer, ReaderPool readers) : IRepairLog
{
    private const string Select = "SELECT digest, reason, path, found_at, healed_at, attempts, due_at FROM damaged_blobs";

    public async ValueTask NoteDamagedAsync(Digest digest, string reason, string? path, DateTimeOffset at, CancellationToken cancellationToken) => await WriteAsync(
        connection =>
        {
            using Statement upsert = connection.Prepare(
                "INSERT INTO damaged_blobs (digest, reason, path, found_at, attempts, due_at) VALUES (?1, ?2, nullif(?3, ''), ?4, 0, ?4) " +
                "ON CONFLICT (digest) DO UPDATE SET reason = ?2, path = nullif(?3, ''), found_at = ?4, due_at = ?4, " +
                "attempts = CASE WHEN healed_at IS NULL THEN attempts ELSE 0 END, healed_at = NULL");
            upsert.BindBlob(1, Bytes(digest)).BindText(2, reason).BindText(3, path ?? "").Bind(4, Ms(at)).Run();
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> NoteHealedAsync(Digest digest, DateTimeOffset at, CancellationToken cancellationToken) => await WriteAsync(
        connection =>
        {
            using (Statement forget = connection.Prepare("DELETE FROM damaged_blobs WHERE healed_at < ?1"))
                forget.Bind(1, Ms(at - IRepairLog.HealedKeep)).Run();
            using Statement update = connection.Prepare("UPDATE damaged_blobs SET healed_at = ?2 WHERE digest = ?1 AND healed_at IS NULL");
            update.BindBlob(1, Bytes(digest)).Bind(2, Ms(at)).Run();
            return connection.Changes > 0;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask ForgetAsync(Digest digest, CancellationToken cancellationToken) => await WriteAsync(
        connection =>
        {
            using Statement delete = connection.Prepare("DELETE FROM damaged_blobs WHERE digest = ?1");
            delete.BindBlob(1, Bytes(digest)).Run();
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask PostponeAsync(Digest digest, DateTimeOffset until, CancellationToken cancellationToken) => await WriteAsync(
        connection =>
        {
            using Statement update = connection.Prepare("UPDATE damaged_blobs SET attempts = attempts + 1, due_at = ?2 WHERE digest = ?1 AND healed_at IS NULL");
            update.BindBlob(1, Bytes(digest)).Bind(2, Ms(until)).Run();
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask HastenAsync(DateTimeOffset now, CancellationToken cancellationToken) => await WriteAsync(
        connection =>
        {
            using Statement update = connection.Prepare("UPDATE damaged_blobs SET due_at = ?1 WHERE healed_at IS NULL AND due_at > ?1");
            update.Bind(1, Ms(now)).Run();
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public ValueTask<IReadOnlyList<DamagedBlob>> ListDueAsync(DateTimeOffset now, int maxCount, CancellationToken cancellationToken) =>
        ListAsync($"{Select} WHERE healed_at IS NULL AND due_at <= ?1 ORDER BY due_at LIMIT ?2", select => select.Bind(1, Ms(now)).Bind(2, maxCount), cancellationToken);

    public ValueTask<IReadOnlyList<DamagedBlob>> ListAsync(int maxCount, CancellationToken cancellationToken) =>
        ListAsync($"{Select} ORDER BY healed_at IS NOT NULL, found_at DESC LIMIT ?1", select => select.Bind(1, maxCount), cancellationToken);

    public async ValueTask<DamagedBlob?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        IReadOnlyList<DamagedBlob> found = await ListAsync($"{Select} WHERE digest = ?1", select => select.BindBlob(1, Bytes(digest)), cancellationToken).ConfigureAwait(false);
        return found.Count > 0 ? found[0] : null;
    }

    public ValueTask<DamageTotals> CountAsync(CancellationToken cancellationToken) => ReadAsync(
        connection =>
        {
            using Statement count = connection.Prepare(
                "SELECT (SELECT count(*) FROM damaged_blobs WHERE healed_at IS NULL), (SELECT count(*) FROM damaged_blobs WHERE healed_at IS NOT NULL)");
            return count.Step() ? new DamageTotals(count.Int64(0), count.Int64(1)) : default;
        },
        cancellationToken);

    public ValueTask<ScrubPass?> FindPassAsync(CancellationToken cancellationToken) => ReadAsync<ScrubPass?>(
        connection =>
        {
            using Statement find = connection.Prepare("SELECT began_at, ended_at, count, length, damaged FROM scrub_pass");
            return find.Step()
                ? new ScrubPass(Time(find.Int64(0)), find.IsNull(1) ? null : Time(find.Int64(1)), new BlobTotals(find.Int64(2), find.Int64(3)), find.Int64(4))
                : null;
        },
        cancellationToken);

    public async ValueTask WritePassAsync(ScrubPass pass, CancellationToken cancellationToken) => await WriteAsync(
        connection =>
        {
            using Statement replace = connection.Prepare(
                "INSERT OR REPLACE INTO scrub_pass (id, began_at, ended_at, count, length, damaged) VALUES (1, ?1, ?2, ?3, ?4, ?5)");
            replace.Bind(1, Ms(pass.BeganAt)).Bind(2, pass.EndedAt?.ToUnixTimeMilliseconds());
            replace.Bind(3, pass.Compared.Count).Bind(4, pass.Compared.LengthBytes).Bind(5, pass.Damaged).Run();
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    private static byte[] Bytes(Digest digest)
    {
        byte[] bytes = new byte[Digest.LengthBytes];
        digest.CopyTo(bytes);
        return bytes;
    }

    private static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private ValueTask<IReadOnlyList<DamagedBlob>> ListAsync([ConstantExpected] string sql, Func<Statement, Statement> bind, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<DamagedBlob>>(
            connection =>
            {
                List<DamagedBlob> found = [];
                using Statement select = connection.Prepare(sql);
                bind(select);
                while (select.Step())
                {
                    found.Add(new DamagedBlob(
                        new Digest(select.Bytes(0)), select.Text(1), select.IsNull(2) ? null : select.Text(2), Time(select.Int64(3)),
                        select.IsNull(4) ? null : Time(select.Int64(4)), (int)select.Int64(5), Time(select.Int64(6))));
                }

                return found;
            },
            cancellationToken);

    private async ValueTask<T> WriteAsync<T>(Func<Connection, T> change, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(change, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("The log of damage was not written");
        }
    }

    private async ValueTask<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            return read(lease.Connection);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("The log of damage was not read");
        }
    }
}
