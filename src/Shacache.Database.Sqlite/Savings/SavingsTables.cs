using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Savings;

/// <summary>Changes to the tables of savings and traffic. Runs on the writer's thread, inside its transaction.</summary>
/// <param name="connection">The writer's.</param>
/// <param name="now">When what is added happened.</param>
internal readonly struct SavingsTables(Connection connection, DateTimeOffset now)
{
    private const string MakeRoom =
        "DELETE FROM traffic WHERE (span = 1 AND since < ?1) OR (span = 2 AND since < ?2)";

    /// <summary>The day that savings are counted for.</summary>
    public static long DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime).DayNumber;

    /// <summary>The number of a prefix; a new one gets one while there is room.</summary>
    public static long FindPrefix(Connection connection, string prefix)
    {
        if (prefix == KeyPrefix.Other)
            return BlobRecord.OtherPrefix;
        using (Statement find = connection.Prepare("SELECT id FROM key_prefixes WHERE prefix = ?1"))
        {
            if (find.BindText(1, prefix).Step())
                return find.Int64(0);
        }

        using Statement insert = connection.Prepare(
            "INSERT INTO key_prefixes (prefix) SELECT ?1 WHERE (SELECT count(*) FROM key_prefixes) < ?2 RETURNING id");
        return insert.BindText(1, prefix).Bind(2, KeyPrefix.MaxCount).Step() ? insert.Int64(0) : BlobRecord.OtherPrefix;
    }

    /// <summary>The prefix of a number.</summary>
    public static string NameOfPrefix(Connection connection, long id)
    {
        using Statement find = connection.Prepare("SELECT prefix FROM key_prefixes WHERE id = ?1");
        return id != BlobRecord.OtherPrefix && find.Bind(1, id).Step() ? find.Text(0) : KeyPrefix.Other;
    }

    /// <summary>Adds what was sent.</summary>
    public void Add(SentSums sums)
    {
        foreach (((long cache, long prefix), SavedSum sum) in sums.Saved)
            AddSaving(cache, prefix, sum);
        foreach (Traffic traffic in sums.Traffic)
            AddTraffic(traffic);
    }

    /// <summary>Adds to the savings of today.</summary>
    public void AddSaving(long cache, long prefix, SavedSum sum)
    {
        using Statement add = connection.Prepare(
            "INSERT INTO savings (day, cache, prefix, bytes, build_ms, fetch_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) " +
            "ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes, build_ms = build_ms + excluded.build_ms, fetch_ms = fetch_ms + excluded.fetch_ms");
        add.Bind(1, DayOf(now)).Bind(2, cache).Bind(3, prefix).Bind(4, sum.Bytes).Bind(5, sum.BuildMs).Bind(6, sum.FetchMs).Run();
    }

    /// <summary>Adds to the traffic of this hour and of today, and drops what is too old when one of them begins.</summary>
    public void AddTraffic(Traffic traffic)
    {
        DateTimeOffset utc = now.ToUniversalTime();
        var day = new DateTimeOffset(utc.Date, TimeSpan.Zero);
        Add(TrafficSpan.Hour, day.AddHours(utc.Hour), traffic);
        if (Add(TrafficSpan.Day, day, traffic))
            DropOld(day);
    }

    /// <returns>Whether it is the first of the span.</returns>
    private bool Add(TrafficSpan span, DateTimeOffset since, Traffic traffic)
    {
        using Statement add = connection.Prepare(
            "INSERT INTO traffic (span, since, cache, requests, hits, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6) " +
            "ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, hits = hits + excluded.hits, bytes = bytes + excluded.bytes RETURNING requests = ?4");
        add.Bind(1, (long)span).Bind(2, since.ToUnixTimeMilliseconds()).Bind(3, (long)traffic.Cache);
        return add.Bind(4, traffic.Requests).Bind(5, traffic.Hits).Bind(6, traffic.SentBytes).Step() && add.Int64(0) != 0;
    }

    private void DropOld(DateTimeOffset day)
    {
        using (Statement traffic = connection.Prepare(MakeRoom))
            traffic.Bind(1, day.AddDays(-ISavings.KeptHourDays).ToUnixTimeMilliseconds()).Bind(2, day.AddDays(-ISavings.KeptDays).ToUnixTimeMilliseconds()).Run();
        using Statement savings = connection.Prepare("DELETE FROM savings WHERE day < ?1");
        savings.Bind(1, DayOf(day) - ISavings.KeptDays).Run();
    }
}
