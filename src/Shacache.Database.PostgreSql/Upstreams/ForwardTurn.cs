using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.PostgreSql.Engine;
using Shacache.Database.PostgreSql.Leases;

namespace Shacache.Database.PostgreSql.Upstreams;

/// <summary>The turn of this node to send to an upstream: a lease, which it keeps until it is disposed.</summary>
/// <remarks>What a node that lost its turn was sending then may be sent twice; uploads can be repeated. It learns so before it begins with the next thing.</remarks>
internal sealed class ForwardTurn(Pool pool, TimeProvider time, string upstream, PostgreSqlLease lease) : IForwardTurn
{
    // After a time: $2. Both bounds are sought in the index.
    private const string SelectNext =
        $"SELECT {ForwardRow.Columns} FROM forwards AS one WHERE upstream = $1 AND due_at > $2 AND refused_at IS NULL AND (key IS NULL OR NOT EXISTS (" +
        "SELECT 1 FROM forwards AS content WHERE content.digest = one.digest AND content.upstream = $1 AND content.key IS NULL AND content.refused_at IS NULL)) " +
        "ORDER BY due_at, id LIMIT 1";

    /// <summary>Takes the turn.</summary>
    /// <returns>Null when another has it.</returns>
    public static async Task<ForwardTurn?> TryTakeAsync(Pool pool, TimeProvider time, string upstream, CancellationToken cancellationToken) =>
        await PostgreSqlLease.TryTakeAsync(pool, upstream, cancellationToken).ConfigureAwait(false) is { } lease ? new ForwardTurn(pool, time, upstream, lease) : null;

    public bool IsShared => true;

    public async ValueTask<ForwardItem?> FindNextAsync(TimeSpan longestPause, CancellationToken cancellationToken)
    {
        if (!await lease.TryKeepAsync(cancellationToken).ConfigureAwait(false))
            throw new EntryStoreException($"Another node sends to upstream {upstream} now, as this one did not answer for {PostgreSqlLease.Term.TotalSeconds} s.");
        DateTimeOffset now = time.GetUtcNow();
        return await pool.ReadAsync(
            new Attempt(Contract.Entries, PostgreSqlForwardQueue.NotRead),
            async session => await FindNextAsync(session, (now + longestPause).Ms()).ConfigureAwait(false) is { } misdated
                ? misdated with { DueAt = now }
                : await FindNextAsync(session, long.MinValue).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask RemoveAsync(ForwardItem item, CancellationToken cancellationToken) =>
        ChangeAsync([() => new Query("DELETE FROM forwards WHERE id = $1").Add(item.Id)], cancellationToken);

    public ValueTask PostponeAsync(ForwardItem item, DateTimeOffset dueAt, string problem, CancellationToken cancellationToken) => ChangeAsync(
        [() => new Query("UPDATE forwards SET attempts = attempts + 1, due_at = $2, problem = $3 WHERE id = $1").Add(item.Id).Add(dueAt.Ms()).Add(problem)],
        cancellationToken);

    public ValueTask RefuseAsync(ForwardItem item, string problem, CancellationToken cancellationToken)
    {
        long nowMs = time.GetUtcNow().Ms();
        List<Func<Query>> changes =
            [() => new Query("UPDATE forwards SET attempts = attempts + 1, refused_at = $2, problem = $3 WHERE id = $1").Add(item.Id).Add(nowMs).Add(problem)];
        if (item.Key is null)
        {
            changes.Add(() => new Query("UPDATE forwards SET refused_at = $3, problem = $4 WHERE digest = $2 AND upstream = $1 AND key IS NOT NULL AND refused_at IS NULL")
                .Add(item.Upstream).Add(item.Digest.ToBytes()).Add(nowMs).Add($"Its content was refused: {problem}"));
        }

        return ChangeAsync(changes, cancellationToken);
    }

    public ValueTask DisposeAsync() => lease.DisposeAsync();

    private Task<ForwardItem?> FindNextAsync(Session session, long dueAfterMs) =>
        session.FindAsync(new Query(SelectNext).Add(upstream).Add(dueAfterMs), ForwardRow.Read);

    private async ValueTask ChangeAsync(IReadOnlyList<Func<Query>> changes, CancellationToken cancellationToken) => await pool.ChangeAsync(
        new Attempt(Contract.Entries, PostgreSqlForwardQueue.NotChanged), session => session.RunAsync([.. changes.Select(change => change())]), cancellationToken).ConfigureAwait(false);
}
