using System.Globalization;
using Shacache.Core;
using Shacache.Core.Savings;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Overview;

/// <summary>What was asked of the caches in the last day and year, and how much of it was here.</summary>
internal sealed class TrafficPart : IOverviewPart
{
    private const int Hours = 24;
    private const int Weeks = 52;

    private readonly TimeProvider _time;
    private readonly Remembered<Charts> _charts;

    public TrafficPart(IDatabase database, TimeProvider time)
    {
        _time = time;
        _charts = new Remembered<Charts>(time, async token =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            DateTimeOffset firstHour = Hour(now).AddHours(1 - Hours);
            DateTimeOffset firstDay = Day(now).AddDays(1 - (7 * Weeks));
            return new Charts(
                Gather(await database.Savings.ReadTrafficAsync(TrafficSpan.Hour, firstHour, token), firstHour, TimeSpan.FromHours(1), Hours, "HH:mm"),
                Gather(await database.Savings.ReadTrafficAsync(TrafficSpan.Day, firstDay, token), firstDay, TimeSpan.FromDays(7), Weeks, "yyyy-MM-dd"));
        });
    }

    public int Place => OverviewPlace.Traffic;

    public async ValueTask<OverviewPart?> RenderAsync(PageVisitor visitor, CancellationToken cancellationToken)
    {
        Charts charts = await _charts.FindAsync(cancellationToken);
        long requests = charts.Day.Sum(bar => bar.All);
        long hits = charts.Day.Sum(bar => bar.Hits);
        return new OverviewPart("Requests for content", Html.Of($"""
            <div class="charts">
            {Chart.Bars("Last 24 hours", charts.Day, "hour")}
            {Chart.Bars("Last year", charts.Year, "week")}
            </div>
            <p class="aside"><span class="key">answered from here</span> &ensp; <span class="key other">fetched from elsewhere, or not found</span></p>
            """))
        {
            IsWide = true,
            Figures =
            [
                new Figure("Requests", Words.Count(requests), "in the last 24 hours"),
                new Figure("Hit rate", Words.Share(hits, requests), "of the last 24 hours"),
            ],
        };
    }

    private static ChartBar[] Gather(IReadOnlyList<TrafficOfSpan> rows, DateTimeOffset first, TimeSpan length, int count, string format)
    {
        long[] hits = new long[count];
        long[] all = new long[count];
        foreach (TrafficOfSpan row in rows)
        {
            int place = (int)((row.From - first) / length);
            if (place < 0 || place >= count)
                continue;
            hits[place] += row.Traffic.Hits;
            all[place] += row.Traffic.Requests;
        }

        return [.. Enumerable.Range(0, count).Select(place => new ChartBar(
            (first + (place * length)).UtcDateTime.ToString(format, CultureInfo.InvariantCulture), Math.Min(hits[place], all[place]), all[place]))];
    }

    private static DateTimeOffset Hour(DateTimeOffset time) => new(time.UtcDateTime.Date.AddHours(time.UtcDateTime.Hour), TimeSpan.Zero);

    private static DateTimeOffset Day(DateTimeOffset time) => new(time.UtcDateTime.Date, TimeSpan.Zero);

    private sealed record Charts(IReadOnlyList<ChartBar> Day, IReadOnlyList<ChartBar> Year);
}
