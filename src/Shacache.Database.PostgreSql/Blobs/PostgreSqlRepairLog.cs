using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Blobs;

/// <summary>What was found damaged, in PostgreSQL.</summary>
internal sealed class PostgreSqlRepairLog(Pool pool) : IRepairLog
{
    private const string Select = "SELECT digest, reason, path, found_at, healed_at, attempts::bigint, due_at FROM damaged_blobs";

    public async ValueTask NoteDamagedAsync(Digest digest, string reason, string? path, DateTimeOffset at, CancellationToken cancellationToken) => await ChangeAsync(
        () => [new Query(
            "INSERT INTO damaged_blobs AS d (digest, reason, path, found_at, attempts, due_at) VALUES ($1, $2, nullif($3, ''), $4, 0, $4) " +
            "ON CONFLICT (digest) DO UPDATE SET reason = $2, path = nullif($3, ''), found_at = $4, due_at = $4, " +
            "attempts = CASE WHEN d.healed_at IS NULL THEN d.attempts ELSE 0 END, healed_at = NULL")
            .Add(digest.ToBytes()).Add(reason).Add(path ?? "").Add(at.Ms())],
        cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> NoteHealedAsync(Digest digest, DateTimeOffset at, CancellationToken cancellationToken) => await ChangeAsync(
        () =>
        [
            new Query("DELETE FROM damaged_blobs WHERE healed_at < $1").Add((at - IRepairLog.HealedKeep).Ms()),
            new Query("UPDATE damaged_blobs SET healed_at = $2 WHERE digest = $1 AND healed_at IS NULL").Add(digest.ToBytes()).Add(at.Ms()),
        ],
        cancellationToken).ConfigureAwait(false) > 0;

    public async ValueTask ForgetAsync(Digest digest, CancellationToken cancellationToken) =>
        await ChangeAsync(() => [new Query("DELETE FROM damaged_blobs WHERE digest = $1").Add(digest.ToBytes())], cancellationToken).ConfigureAwait(false);

    public async ValueTask PostponeAsync(Digest digest, DateTimeOffset until, CancellationToken cancellationToken) => await ChangeAsync(
        () => [new Query("UPDATE damaged_blobs SET attempts = attempts + 1, due_at = $2 WHERE digest = $1 AND healed_at IS NULL").Add(digest.ToBytes()).Add(until.Ms())],
        cancellationToken).ConfigureAwait(false);

    public async ValueTask HastenAsync(DateTimeOffset now, CancellationToken cancellationToken) => await ChangeAsync(
        () => [new Query("UPDATE damaged_blobs SET due_at = $1 WHERE healed_at IS NULL AND due_at > $1").Add(now.Ms())], cancellationToken).ConfigureAwait(false);

    public ValueTask<IReadOnlyList<DamagedBlob>> ListDueAsync(DateTimeOffset now, int maxCount, CancellationToken cancellationToken) => ListAsync(
        () => new Query($"{Select} WHERE healed_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2").Add(now.Ms()).Add(maxCount), cancellationToken);

    public ValueTask<IReadOnlyList<DamagedBlob>> ListAsync(int maxCount, CancellationToken cancellationToken) =>
        ListAsync(() => new Query($"{Select} ORDER BY healed_at IS NOT NULL, found_at DESC LIMIT $1").Add(maxCount), cancellationToken);

    public async ValueTask<DamagedBlob?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        IReadOnlyList<DamagedBlob> found = await ListAsync(() => new Query($"{Select} WHERE digest = $1").Add(digest.ToBytes()), cancellationToken).ConfigureAwait(false);
        return found.Count > 0 ? found[0] : null;
    }

    public ValueTask<DamageTotals> CountAsync(CancellationToken cancellationToken) => ReadAsync(
        session => session.FindAsync(
            new Query("SELECT count(*) FILTER (WHERE healed_at IS NULL), count(*) FILTER (WHERE healed_at IS NOT NULL) FROM damaged_blobs"),
            row => new DamageTotals(row.Int64(0), row.Int64(1))),
        cancellationToken);

    public ValueTask<ScrubPass?> FindPassAsync(CancellationToken cancellationToken) => ReadAsync(
        session => session.FindAsync(
            new Query("SELECT began_at, ended_at, count, length, damaged FROM scrub_pass"),
            row => new ScrubPass(row.Time(0), row.TimeOrNull(1), new BlobTotals(row.Int64(2), row.Int64(3)), row.Int64(4))),
        cancellationToken);

    public async ValueTask WritePassAsync(ScrubPass pass, CancellationToken cancellationToken) => await ChangeAsync(
        () => [new Query(
            "INSERT INTO scrub_pass (id, began_at, ended_at, count, length, damaged) VALUES (1, $1, $2, $3, $4, $5) " +
            "ON CONFLICT (id) DO UPDATE SET began_at = $1, ended_at = $2, count = $3, length = $4, damaged = $5")
            .Add(pass.BeganAt.Ms()).Add(pass.EndedAt?.Ms()).Add(pass.Compared.Count).Add(pass.Compared.LengthBytes).Add(pass.Damaged)],
        cancellationToken).ConfigureAwait(false);

    private ValueTask<IReadOnlyList<DamagedBlob>> ListAsync(Func<Query> query, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<DamagedBlob>>(
        async session => await session.ListAsync(
            query(),
            row => new DamagedBlob(row.Digest(0), row.Text(1), row.TextOrNull(2), row.Time(3), row.TimeOrNull(4), (int)row.Int64(5), row.Time(6))).ConfigureAwait(false),
        cancellationToken);

    /// <returns>How many rows the last statement changed.</returns>
    private async Task<int> ChangeAsync(Func<IReadOnlyList<Query>> changes, CancellationToken cancellationToken) => await pool.ChangeAsync(
        new Attempt(Contract.Blobs, "The log of damage was not written"),
        async session =>
        {
            IReadOnlyList<Query> queries = changes();
            await session.RunAsync(queries).ConfigureAwait(false);
            return queries[^1].Count;
        },
        cancellationToken).ConfigureAwait(false);

    private async ValueTask<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken) =>
        await pool.ReadAsync(new Attempt(Contract.Blobs, "The log of damage was not read"), read, cancellationToken).ConfigureAwait(false);
}
