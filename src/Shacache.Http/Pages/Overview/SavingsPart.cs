using Shacache.Core;
using Shacache.Core.Savings;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Overview;

/// <summary>What the cache spared its clients, and those whom they would have asked.</summary>
internal sealed class SavingsPart : IOverviewPart
{
    private const int Days = 365;
    private const int MaxPrefixes = 8;

    private readonly Remembered<Sums> _sums;

    public SavingsPart(IDatabase database, TimeProvider time) => _sums = new Remembered<Sums>(time, async token =>
    {
        DateOnly since = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(1 - Days);
        return new Sums(await database.Savings.ReadAsync(SavingsBy.Cache, since, token), await database.Savings.ReadAsync(SavingsBy.Prefix, since, token));
    });

    public int Place => OverviewPlace.Savings;

    public async ValueTask<OverviewPart?> RenderAsync(PageVisitor visitor, CancellationToken cancellationToken)
    {
        Sums sums = await _sums.FindAsync(cancellationToken);
        long bytes = sums.ByCache.Sum(saving => saving.Bytes);
        TimeSpan waited = sums.ByCache.Aggregate(TimeSpan.Zero, (sum, saving) => sum + saving.BuildTime + saving.DownloadTime);
        Html body = sums.ByCache.Count == 0
            ? Html.Of($"<p class=\"aside\">Nothing was sent from here yet.</p>")
            : Html.Of($"""
                {Table("Cache", sums.ByCache.Select(saving => (CacheKinds.WordFor(saving.Cache!.Value), saving)))}
                <details><summary>By prefix of keys</summary>{Table("Prefix", sums.ByPrefix.Take(MaxPrefixes).Select(saving => (saving.Prefix!, saving)))}</details>
                """);
        return new OverviewPart("Saved in a year", body)
        {
            Figures =
            [
                new Figure("Not downloaded", Words.Size(bytes), "by origins and upstreams, in a year"),
                new Figure("Not waited for", waited == TimeSpan.Zero ? "0" : Words.Span(waited), "builds and downloads, in a year"),
            ],
        };
    }

    private static Html Table(string head, IEnumerable<(string Name, Saving Saving)> rows) => Html.Of($"""
        <table><thead><tr><th scope="col">{head}</th><th scope="col" class="number">Content</th><th scope="col" class="number">Builds</th><th scope="col" class="number">Downloads</th></tr></thead>
        <tbody>{rows.Select(row => Html.Of($"<tr><td>{Html.Foreign(row.Name, 60)}</td><td class=\"number\">{Words.Size(row.Saving.Bytes)}</td><td class=\"number\">{Time(row.Saving.BuildTime)}</td><td class=\"number\">{Time(row.Saving.DownloadTime)}</td></tr>"))}</tbody></table>
        """);

    private static string Time(TimeSpan time) => time < TimeSpan.FromSeconds(1) ? "–" : Words.Span(time);

    private sealed record Sums(IReadOnlyList<Saving> ByCache, IReadOnlyList<Saving> ByPrefix);
}
