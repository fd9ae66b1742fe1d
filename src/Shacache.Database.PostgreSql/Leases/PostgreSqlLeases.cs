using System.Diagnostics;
using Shacache.Core.Entries;
using Shacache.Core.Leases;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Leases;

/// <summary>Leases as rows of table <c>forward_turns</c>, which has its name and its column <c>upstream</c> from their first use: what nodes of the first version take counts, too.</summary>
internal sealed class PostgreSqlLeases(Pool pool) : ILeases
{
    /// <inheritdoc/>
    public TimeSpan Term => PostgreSqlLease.Term;

    /// <inheritdoc/>
    public async ValueTask<ILease?> TryTakeAsync(string name, CancellationToken cancellationToken) =>
        await PostgreSqlLease.TryTakeAsync(pool, name, cancellationToken).ConfigureAwait(false);
}

/// <summary>A row that the node keeps alive until it is disposed.</summary>
/// <remarks>
/// A node that dies, or is cut off, loses it <see cref="Term"/> after it was last kept alive, by the clock of PostgreSQL. By its own clock it counts from before it asked, so that it
/// gives up no later than another can take over.
/// </remarks>
internal sealed class PostgreSqlLease : ILease
{
    /// <summary>For how long a node that does not answer keeps it.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(5);

    private readonly Pool _pool;
    private readonly string _name;
    private readonly Guid _holder;
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly Task _keepingAlive;

    private PostgreSqlLease(Pool pool, string name, Guid holder, long askedAt)
    {
        (_pool, _name, _holder) = (pool, name, holder);
        Lost = _lost.Token;
        HoldFrom(askedAt);
        _keepingAlive = Task.Run(KeepAliveAsync);
    }

    public CancellationToken Lost { get; }

    /// <summary>Takes it.</summary>
    /// <returns>Null when another has it.</returns>
    public static async Task<PostgreSqlLease?> TryTakeAsync(Pool pool, string name, CancellationToken cancellationToken)
    {
        var holder = Guid.NewGuid();
        long askedAt = Stopwatch.GetTimestamp();
        bool isTaken = await pool.ChangeAsync(
            new Attempt(Contract.Entries, $"The lease of {name} was not taken"),
            async session => await session.ChangeAsync(
                new Query(
                    "INSERT INTO forward_turns AS t (upstream, holder, until) VALUES ($1, $2, now() + make_interval(secs => $3)) " +
                    "ON CONFLICT (upstream) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE t.until < now()")
                    .Add(name).Add(holder).Add((long)Term.TotalSeconds)).ConfigureAwait(false) > 0,
            cancellationToken).ConfigureAwait(false);
        return isTaken ? new PostgreSqlLease(pool, name, holder, askedAt) : null;
    }

    public async ValueTask<bool> TryKeepAsync(CancellationToken cancellationToken)
    {
        long askedAt = Stopwatch.GetTimestamp();
        bool isKept = await _pool.ChangeAsync(
            new Attempt(Contract.Entries, $"The lease of {_name} was not kept"),
            async session => await session.ChangeAsync(
                new Query("UPDATE forward_turns SET until = now() + make_interval(secs => $3) WHERE upstream = $1 AND holder = $2")
                    .Add(_name).Add(_holder).Add((long)Term.TotalSeconds)).ConfigureAwait(false) > 0,
            cancellationToken).ConfigureAwait(false);
        if (isKept)
            HoldFrom(askedAt);
        else
            await _lost.CancelAsync().ConfigureAwait(false);
        return isKept;
    }

    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
            return;
        await _ended.CancelAsync().ConfigureAwait(false);
        await _keepingAlive.ConfigureAwait(false);
        _ended.Dispose();
        _lost.Dispose();
        try
        {
            await _pool.ChangeAsync(
                new Attempt(Contract.Entries, "The lease was not given back"),
                session => session.ChangeAsync(new Query("DELETE FROM forward_turns WHERE upstream = $1 AND holder = $2").Add(_name).Add(_holder)),
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EntryStoreException or ObjectDisposedException)
        {
            // It ends by itself, when its time is over.
        }
    }

    /// <summary>Once it is lost it stays lost.</summary>
    private void HoldFrom(long askedAt)
    {
        TimeSpan left = Term - Stopwatch.GetElapsedTime(askedAt);
        _lost.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

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
                    // The next tick tries again, or the time is over.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The lease, or the database, has ended.
        }
    }
}
