using Shacache.Core.Upstreams;
using Shacache.Http.Pages.Markup;
using Shacache.Http.Pages.Overview;

namespace Shacache.Http.Upstreams;

/// <summary>The upstreams on the overview: which of them answer, and what waits to be sent to them.</summary>
internal sealed class UpstreamPart(UpstreamSet upstreams, IForwardQueue forwards) : IOverviewPart
{
    public int Place => OverviewPlace.Upstreams;

    public async ValueTask<OverviewPart?> RenderAsync(PageVisitor visitor, CancellationToken cancellationToken)
    {
        ForwardTotals totals = upstreams.All.Any(upstream => upstream.Options.IsForwardedTo) ? await forwards.CountAsync(cancellationToken) : default;
        Html queue = upstreams.All.Any(upstream => upstream.Options.IsForwardedTo)
            ? Html.Of($"<p>{Words.Count(totals.Waiting, "upload waits", "uploads wait")} to be forwarded; {Words.Count(totals.Refused)} refused for good. <span class=\"aside\">shacache mirror queue shows them.</span></p>")
            : Html.None;
        return new OverviewPart("Upstreams", Html.Of($"<ul class=\"rows\">{upstreams.All.Select(Row)}</ul>{queue}"))
        {
            Alarms = upstreams.All.All(upstream => upstream.IsLeftAlone) ? ["No upstream answers: what is not here cannot be had."] : [],
        };
    }

    private static Html Row(Upstream upstream)
    {
        Html state = upstream.IsLeftAlone
            ? Html.Of($"<span class=\"state bad\">left alone</span> <span class=\"aside\">since it failed of late</span>")
            : upstream.LatencySeconds > 0
                ? Html.Of($"<span class=\"state good\">answers</span> <span class=\"aside\">within {(long)Math.Ceiling(1000 * upstream.LatencySeconds)} ms</span>")
                : Html.Of($"<span class=\"aside\">not asked yet</span>");
        return Html.Of($"<li class=\"row\"><span>{Html.Foreign(upstream.Name, 80)} <span class=\"aside\">{(upstream.Options.IsPeer ? "peer" : "upstream")}, {Html.Foreign(upstream.Options.CacheUrl.GetLeftPart(UriPartial.Authority), 120)}</span></span><span>{state}</span></li>");
    }
}
