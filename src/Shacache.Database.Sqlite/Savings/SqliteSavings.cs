using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Savings;

/// <summary>Savings and traffic in SQLite: a few rows a day.</summary>
internal sealed class SqliteSavings(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider) : ISavings
{
    private const string Sums = "sum(bytes), sum(build_ms), sum(fetch_ms)";

    public async ValueTask AddAsync(IReadOnlyList<Traffic> traffic, IReadOnlyList<Saving> savings, CancellationToken cancellationToken)
    {
        try
        {
            await writer.RunAsync(
                connection =>
                {
                    var tables = new SavingsTables(connection, timeProvider.GetUtcNow());
                    foreach (Traffic one in traffic)
                        tables.AddTraffic(one);
                    foreach (Saving saving in savings)
                        tables.AddSaving((long)saving.Cache!.Value, SavingsTables.FindPrefix(connection, saving.Prefix!), SavedSum.Of(saving));
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("What was saved was not written");
        }
    }

    public ValueTask<IReadOnlyList<Saving>> ReadAsync(SavingsBy by, DateOnly since, CancellationToken cancellationToken) =>
        ReadAsync<Saving>(
            connection =>
            {
                using Statement select = by switch
                {
                    SavingsBy.Day => connection.Prepare($"SELECT {Sums}, day FROM savings WHERE day >= ?1 GROUP BY day ORDER BY day"),
                    SavingsBy.Cache => connection.Prepare($"SELECT {Sums}, cache FROM savings WHERE day >= ?1 GROUP BY cache ORDER BY cache"),
                    SavingsBy.Prefix => connection.Prepare(
                        $"SELECT {Sums}, ifnull(p.prefix, '{KeyPrefix.Other}') AS name FROM savings LEFT JOIN key_prefixes p ON p.id = savings.prefix " +
                        "WHERE day >= ?1 GROUP BY savings.prefix ORDER BY 1 DESC, name"),
                    _ => connection.Prepare($"SELECT {Sums} FROM savings WHERE day >= ?1"),
                };
                select.Bind(1, since.DayNumber);
                List<Saving> rows = [];
                while (select.Step())
                {
                    rows.Add(new Saving(
                        by == SavingsBy.Day ? DateOnly.FromDayNumber((int)select.Int64(3)) : null,
                        by == SavingsBy.Cache ? (CacheKind)select.Int64(3) : null,
                        by == SavingsBy.Prefix ? select.Text(3) : null,
                        select.Int64(0),
                        TimeSpan.FromMilliseconds(select.Int64(1)),
                        TimeSpan.FromMilliseconds(select.Int64(2))));
                }

                return rows;
            },
            cancellationToken);

    public ValueTask<IReadOnlyList<TrafficOfSpan>> ReadTrafficAsync(TrafficSpan span, DateTimeOffset since, CancellationToken cancellationToken) =>
        ReadAsync<TrafficOfSpan>(
            connection =>
            {
                using Statement select = connection.Prepare(
                    "SELECT since, cache, requests, hits, bytes FROM traffic WHERE span = ?1 AND since >= ?2 ORDER BY since, cache");
                select.Bind(1, (long)span).Bind(2, since.ToUnixTimeMilliseconds());
                List<TrafficOfSpan> rows = [];
                while (select.Step())
                {
                    rows.Add(new TrafficOfSpan(
                        DateTimeOffset.FromUnixTimeMilliseconds(select.Int64(0)),
                        new Traffic((CacheKind)select.Int64(1), select.Int64(2), select.Int64(3), select.Int64(4))));
                }

                return rows;
            },
            cancellationToken);

    private async ValueTask<IReadOnlyList<T>> ReadAsync<T>(Func<Connection, List<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            return read(lease.Connection);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("What was saved was not read");
        }
    }
}
