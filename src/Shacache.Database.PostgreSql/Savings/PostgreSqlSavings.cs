using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Savings;

/// <summary>Savings and traffic in PostgreSQL: a few rows a day.</summary>
internal sealed class PostgreSqlSavings(Pool pool, Names names, TimeProvider time) : ISavings
{
    private const string Sums = "sum(bytes)::bigint, sum(build_ms)::bigint, sum(fetch_ms)::bigint";

    public async ValueTask AddAsync(IReadOnlyList<Traffic> traffic, IReadOnlyList<Saving> savings, CancellationToken cancellationToken)
    {
        try
        {
            await pool.ChangeAsync(
                new Attempt(Contract.Blobs, "What was saved was not written"),
                async session =>
                {
                    await session.RunAsync(Locks.Take(Locks.Index)).ConfigureAwait(false);
                    await names.LearnAsync(session, savings.Select(saving => saving.Prefix!), []).ConfigureAwait(false);
                    await session.RunAsync(SavingsTables.Add(
                        savings.GroupBy(saving => ((long)saving.Cache!.Value, names.PrefixOf(saving.Prefix!)))
                            .Select(group => KeyValuePair.Create(group.Key, group.Aggregate(default(SavedSum), (sum, saving) => sum + SavedSum.Of(saving)))),
                        traffic,
                        time.GetUtcNow())).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            names.Forget();
            throw;
        }
    }

    public ValueTask<IReadOnlyList<Saving>> ReadAsync(SavingsBy by, DateOnly since, CancellationToken cancellationToken) => ReadAsync(
        session => session.ListAsync(
            new Query(by switch
            {
                SavingsBy.Day => $"SELECT {Sums}, day::bigint FROM savings WHERE day >= $1 GROUP BY day ORDER BY day",
                SavingsBy.Cache => $"SELECT {Sums}, cache FROM savings WHERE day >= $1 GROUP BY cache ORDER BY cache",
                SavingsBy.Prefix =>
                    $"SELECT {Sums}, coalesce(p.prefix, '{KeyPrefix.Other}') AS name FROM savings LEFT JOIN key_prefixes p ON p.id = savings.prefix " +
                    "WHERE day >= $1 GROUP BY savings.prefix, p.prefix ORDER BY 1 DESC, name",
                _ => $"SELECT coalesce(sum(bytes), 0)::bigint, coalesce(sum(build_ms), 0)::bigint, coalesce(sum(fetch_ms), 0)::bigint FROM savings WHERE day >= $1",
            }).Add(since.DayNumber),
            row => new Saving(
                by == SavingsBy.Day ? DateOnly.FromDayNumber((int)row.Int64(3)) : null,
                by == SavingsBy.Cache ? (CacheKind)row.Int64(3) : null,
                by == SavingsBy.Prefix ? row.Text(3) : null,
                row.Int64(0),
                TimeSpan.FromMilliseconds(row.Int64(1)),
                TimeSpan.FromMilliseconds(row.Int64(2)))),
        cancellationToken);

    public ValueTask<IReadOnlyList<TrafficOfSpan>> ReadTrafficAsync(TrafficSpan span, DateTimeOffset since, CancellationToken cancellationToken) => ReadAsync(
        session => session.ListAsync(
            new Query("SELECT since, cache, requests, hits, bytes FROM traffic WHERE span = $1 AND since >= $2 ORDER BY since, cache").Add((short)span).Add(since.Ms()),
            row => new TrafficOfSpan(row.Time(0), new Traffic((CacheKind)row.Int64(1), row.Int64(2), row.Int64(3), row.Int64(4)))),
        cancellationToken);

    private async ValueTask<IReadOnlyList<T>> ReadAsync<T>(Func<Session, Task<List<T>>> read, CancellationToken cancellationToken) =>
        await pool.ReadAsync(new Attempt(Contract.Blobs, "What was saved was not read"), read, cancellationToken).ConfigureAwait(false);
}
