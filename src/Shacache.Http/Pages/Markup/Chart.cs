namespace Shacache.Http.Pages.Markup;

/// <summary>Figures of numbers, with the numbers themselves beside them for who does not see the drawing.</summary>
internal static class Chart
{
    private const int Height = 100;

    /// <summary>Bars over time: what was answered from here, and above it the rest.</summary>
    /// <param name="caption">What is shown, plain text.</param>
    /// <param name="bars">Oldest first; an hour or a day without requests, too.</param>
    /// <param name="span">What one bar is, such as <c>hour</c>.</param>
    public static Html Bars(string caption, IReadOnlyList<ChartBar> bars, string span)
    {
        long most = Math.Max(1, bars.Max(bar => bar.All));
        long all = bars.Sum(bar => bar.All);
        long hits = bars.Sum(bar => bar.Hits);
        string summary = $"{Words.Count(all, "request", "requests")}, {Words.Share(hits, all)} answered from here; {Words.Count(bars.Max(bar => bar.All))} in the busiest {span}.";
        return Html.Of($"""
            <figure>
            <figcaption><span>{caption}</span> <span class="aside">{(all == 0 ? "no requests" : $"{Words.Count(all, "request", "requests")}, {Words.Share(hits, all)} hits")}</span></figcaption>
            <svg class="chart" viewBox="0 0 {10 * bars.Count} {Height}" preserveAspectRatio="none" role="img" aria-label="{caption}: {summary}">
            {bars.Select((bar, place) => Bar(bar, place, most))}
            </svg>
            <div class="ends aside" aria-hidden="true"><span>{bars[0].Label}</span><span>most: {Words.Count(bars.Max(bar => bar.All))} in {(span == "hour" ? "an hour" : $"a {span}")}</span><span>{bars[^1].Label}</span></div>
            {Table(bars, span)}
            </figure>
            """);
    }

    /// <summary>How full something is.</summary>
    /// <param name="label">What that is, in words with the numbers.</param>
    /// <param name="part">How much.</param>
    /// <param name="all">Of how much.</param>
    /// <param name="isAlarming">Whether it is bad when it is full.</param>
    public static Html Meter(string label, long part, long all, bool isAlarming = false)
    {
        long width = all <= 0 ? 0 : Math.Clamp((long)(1000.0 * part / all), part > 0 ? 4 : 0, 1000);
        return Html.Of($"""
            <svg class="meter" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="{label}">
            <rect class="miss" width="1000" height="10"/><rect class="{(isAlarming && width >= 980 ? "full" : "hit")}" width="{width}" height="10"/>
            </svg>
            """);
    }

    private static Html Bar(ChartBar bar, int place, long most)
    {
        if (bar.All == 0)
            return Html.None;
        long hits = Scale(bar.Hits, most);
        long all = Math.Max(1, Scale(bar.All, most));
        return Html.Of($"<rect class=\"miss\" x=\"{10 * place + 1}\" y=\"{Height - all}\" width=\"8\" height=\"{all}\"/><rect class=\"hit\" x=\"{10 * place + 1}\" y=\"{Height - hits}\" width=\"8\" height=\"{hits}\"/>");
    }

    private static long Scale(long value, long most) => (long)Math.Round((double)Height * value / most);

    private static Html Table(IReadOnlyList<ChartBar> bars, string span) => Html.Of($"""
        <details><summary>Numbers by {span}</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="Numbers by {span}"><table><thead><tr><th scope="col">From</th><th scope="col" class="number">Requests</th><th scope="col" class="number">Hits</th></tr></thead>
        <tbody>{bars.Reverse().Where(bar => bar.All > 0).Select(bar => Html.Of($"<tr><td>{bar.Label}</td><td class=\"number\">{Words.Count(bar.All)}</td><td class=\"number\">{Words.Share(bar.Hits, bar.All)}</td></tr>"))}</tbody></table></div>
        </details>
        """);
}

/// <summary>One bar.</summary>
/// <param name="Label">Its time, in words.</param>
/// <param name="Hits">What was answered from here.</param>
/// <param name="All">All requests.</param>
internal readonly record struct ChartBar(string Label, long Hits, long All);
