using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Upstreams;

/// <summary>The turn of this node to send to an upstream: a row of table <c>forward_turns</c>, which it keeps alive until it is disposed.</summary>
/// <remarks>
/// A node that dies, or is cut off, loses its turn <see cref="Lease"/> after it was last kept alive, by the clock of PostgreSQL. What it was sending then may be sent twice; uploads can be repeated.
/// A node that lost its turn learns so before it begins with the next thing.
/// </remarks>
internal sealed class ForwardTurn : IForwardTurn
{
    /// <summary>For how long a node that does not answer keeps its turn.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(5);

    // After a time: $2. Both bounds are sought in the index.
    private const string SelectNext =
        $"SELECT {ForwardRow.Columns} FROM forwards AS one WHERE upstream = $1 AND due_at > $2 AND refused_at IS NULL AND (key IS NULL OR NOT EXISTS (" +
        "SELECT 1 FROM forwards AS content WHERE content.digest = one.digest AND content.upstream = $1 AND content.key IS NULL AND content.refused_at IS NULL)) " +
        "ORDER BY due_at, id LIMIT 1";

    private readonly Pool _pool;
    private readonly TimeProvider _time;
    private readonly string _upstream;
    private readonly Guid _holder;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _keepingAlive;

    private ForwardTurn(Pool pool, TimeProvider time, string upstream, Guid holder)
    {
        (_pool, _time, _upstream, _holder) = (pool, time, upstream, holder);
        _keepingAlive = Task.Run(KeepAliveAsync);
    }

    /// <summary>Takes the turn.</summary>
    /// <returns>Null when another has it.</returns>
    public static async Task<ForwardTurn?> TryTakeAsync(Pool pool, TimeProvider time, string upstream, CancellationToken cancellationToken)
    {
        var holder = Guid.NewGuid();
        bool isTaken = await pool.ChangeAsync(
            new Attempt(Contract.Entries, $"The turn to send to upstream {upstream} was not taken"),
            async session => await session.ChangeAsync(
                new Query(
                    "INSERT INTO forward_turns AS t (upstream, holder, until) VALUES ($1, $2, now() + make_interval(secs => $3)) " +
                    "ON CONFLICT (upstream) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE t.until < now()")
                    .Add(upstream).Add(holder).Add((long)Lease.TotalSeconds)).ConfigureAwait(false) > 0,
            cancellationToken).ConfigureAwait(false);
        return isTaken ? new ForwardTurn(pool, time, upstream, holder) : null;
    }

    public async ValueTask<ForwardItem?> FindNextAsync(TimeSpan longestPause, CancellationToken cancellationToken)
    {
        if (!await TryKeepAsync(cancellationToken).ConfigureAwait(false))
            throw new EntryStoreException($"Another node sends to upstream {_upstream} now, as this one did not answer for {Lease.TotalSeconds} s.");
        DateTimeOffset now = _time.GetUtcNow();
        return await _pool.ReadAsync(
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
        long nowMs = _time.GetUtcNow().Ms();
        List<Func<Query>> changes =
            [() => new Query("UPDATE forwards SET attempts = attempts + 1, refused_at = $2, problem = $3 WHERE id = $1").Add(item.Id).Add(nowMs).Add(problem)];
        if (item.Key is null)
        {
            changes.Add(() => new Query("UPDATE forwards SET refused_at = $3, problem = $4 WHERE digest = $2 AND upstream = $1 AND key IS NOT NULL AND refused_at IS NULL")
                .Add(item.Upstream).Add(item.Digest.ToBytes()).Add(nowMs).Add($"Its content was refused: {problem}"));
        }

        return ChangeAsync(changes, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
            return;
        await _ended.CancelAsync().ConfigureAwait(false);
        await _keepingAlive.ConfigureAwait(false);
        _ended.Dispose();
        try
        {
            await _pool.ChangeAsync(
                new Attempt(Contract.Entries, "The turn was not given back"),
                session => session.ChangeAsync(new Query("DELETE FROM forward_turns WHERE upstream = $1 AND holder = $2").Add(_upstream).Add(_holder)),
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EntryStoreException or ObjectDisposedException)
        {
            // It ends by itself, when its time is over.
        }
    }

    private Task<ForwardItem?> FindNextAsync(Session session, long dueAfterMs) =>
        session.FindAsync(new Query(SelectNext).Add(_upstream).Add(dueAfterMs), ForwardRow.Read);

    private async Task<bool> TryKeepAsync(CancellationToken cancellationToken) => await _pool.ChangeAsync(
        new Attempt(Contract.Entries, $"The turn to send to upstream {_upstream} was not kept"),
        async session => await session.ChangeAsync(
            new Query("UPDATE forward_turns SET until = now() + make_interval(secs => $3) WHERE upstream = $1 AND holder = $2")
                .Add(_upstream).Add(_holder).Add((long)Lease.TotalSeconds)).ConfigureAwait(false) > 0,
        cancellationToken).ConfigureAwait(false);

    /// <summary>While one thing is sent for long, the turn stays.</summary>
    private async Task KeepAliveAsync()
    {
        using var timer = new PeriodicTimer(KeepAliveInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token).ConfigureAwait(false))
            {
                try
                {
                    await TryKeepAsync(_ended.Token).ConfigureAwait(false);
                }
                catch (EntryStoreException)
                {
                    // The next tick tries again; who asks for the next thing to send is told.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The turn, or the database, has ended.
        }
    }

    private async ValueTask ChangeAsync(IReadOnlyList<Func<Query>> changes, CancellationToken cancellationToken) => await _pool.ChangeAsync(
        new Attempt(Contract.Entries, PostgreSqlForwardQueue.NotChanged), session => session.RunAsync([.. changes.Select(change => change())]), cancellationToken).ConfigureAwait(false);
}
