using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Savings;

/// <summary>Changes to the tables of savings and traffic.</summary>
internal static class SavingsTables
{
    /// <summary>Adds sums to the savings of today, and to the traffic of this hour and of today; drops what is too old.</summary>
    /// <remarks>In one order on all nodes, so that none waits for another that waits for it.</remarks>
    /// <param name="saved">What was spared, by the numbers of cache and prefix.</param>
    /// <param name="traffic">What was asked of each cache.</param>
    /// <param name="now">When that happened.</param>
    public static List<Query> Add(IEnumerable<KeyValuePair<(long Cache, long Prefix), SavedSum>> saved, IEnumerable<Traffic> traffic, DateTimeOffset now)
    {
        DateTimeOffset utc = now.ToUniversalTime();
        var day = new DateTimeOffset(utc.Date, TimeSpan.Zero);
        int dayNumber = DateOnly.FromDateTime(utc.Date).DayNumber;
        List<Query> queries = [];
        foreach (((long cache, long prefix), SavedSum sum) in saved.OrderBy(pair => pair.Key))
        {
            queries.Add(new Query(
                "INSERT INTO savings AS s (day, cache, prefix, bytes, build_ms, fetch_ms) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (day, cache, prefix) DO UPDATE SET " +
                "bytes = s.bytes + excluded.bytes, build_ms = s.build_ms + excluded.build_ms, fetch_ms = s.fetch_ms + excluded.fetch_ms")
                .Add(dayNumber).Add(cache).Add(prefix).Add(sum.Bytes).Add(sum.BuildMs).Add(sum.FetchMs));
        }

        foreach (Traffic one in traffic.OrderBy(one => one.Cache))
        {
            queries.Add(Add(TrafficSpan.Hour, day.AddHours(utc.Hour), one));
            queries.Add(Add(TrafficSpan.Day, day, one));
        }

        if (queries.Count > 0)
        {
            queries.Add(new Query("DELETE FROM traffic WHERE (span = 1 AND since < $1) OR (span = 2 AND since < $2)")
                .Add(day.AddDays(-ISavings.KeptHourDays).Ms()).Add(day.AddDays(-ISavings.KeptDays).Ms()));
            queries.Add(new Query("DELETE FROM savings WHERE day < $1").Add(dayNumber - ISavings.KeptDays));
        }

        return queries;
    }

    private static Query Add(TrafficSpan span, DateTimeOffset since, Traffic traffic) => new Query(
        "INSERT INTO traffic AS t (span, since, cache, requests, hits, bytes) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (span, since, cache) DO UPDATE SET " +
        "requests = t.requests + excluded.requests, hits = t.hits + excluded.hits, bytes = t.bytes + excluded.bytes")
        .Add((short)span).Add(since.Ms()).Add((long)traffic.Cache).Add(traffic.Requests).Add(traffic.Hits).Add(traffic.SentBytes);
}
