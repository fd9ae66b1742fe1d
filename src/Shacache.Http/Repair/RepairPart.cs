using Shacache.Core.Blobs.Repair;
using Shacache.Http.Pages.Markup;
using Shacache.Http.Pages.Overview;

namespace Shacache.Http.Repair;

/// <summary>The scrub on the overview: when everything was compared last, and what is damaged.</summary>
internal sealed class RepairPart(IRepairLog repairs, TimeProvider time) : IOverviewPart
{
    public int Place => OverviewPlace.Repair;

    public async ValueTask<OverviewPart?> RenderAsync(PageVisitor visitor, CancellationToken cancellationToken)
    {
        ScrubPass? pass = await repairs.FindPassAsync(cancellationToken);
        DamageTotals damage = await repairs.CountAsync(cancellationToken);
        Html body = Html.Of($"""
            <p>{Describe(pass)}</p>
            <p>{Words.Count(damage.Open, "object is", "objects are")} damaged and missing, {Words.Count(damage.Healed, "was", "were")} healed. <span class="aside">shacache admin scrub shows them.</span></p>
            """);
        return new OverviewPart("Scrub", body)
        {
            Alarms = damage.Open > 0 ? [$"{Words.Count(damage.Open, "object was", "objects were")} found damaged, and not replaced yet by an upload or an upstream."] : [],
        };
    }

    private Html Describe(ScrubPass? pass)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (pass is null)
            return Html.Of($"What is stored was not compared with its digests yet.");
        Html compared = Html.Of($"{Words.Count(pass.Compared.Count, "object", "objects")} of {Words.Size(pass.Compared.LengthBytes)}");
        return pass.EndedAt is { } ended
            ? Html.Of($"The last pass ended {Words.Time(ended, now)}: {compared} compared with their digests, {Words.Count(pass.Damaged)} damaged.")
            : Html.Of($"A pass runs since {Words.Time(pass.BeganAt, now)}: {compared} compared with their digests, {Words.Count(pass.Damaged)} damaged.");
    }
}
