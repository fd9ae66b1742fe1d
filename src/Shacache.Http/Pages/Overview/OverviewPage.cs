using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Overview;

/// <summary>The overview: whether all is well, what is stored, what is asked and spared, and what came last.</summary>
internal sealed class OverviewPage(IHealth health, IEnumerable<IOverviewPart> parts, TimeProvider time)
{
    private readonly IOverviewPart[] _parts = [.. parts.OrderBy(part => part.Place)];
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public async ValueTask<Html> RenderAsync(PageVisitor visitor, CancellationToken cancellationToken)
    {
        string? problem = await health.FindProblemAsync(cancellationToken);
        List<OverviewPart> shown = [];
        foreach (IOverviewPart part in _parts)
        {
            if (await RenderAsync(part, visitor, cancellationToken) is { } rendered)
                shown.Add(rendered);
        }

        Html[] alarms =
        [
            .. (problem is null ? [] : (string[])[problem]).Concat(shown.SelectMany(part => part.Alarms))
                .Select(alarm => Html.Of($"<li class=\"banner bad\"><strong>{Html.Shorten(alarm, 500)}</strong></li>")),
        ];
        Html state = alarms.Length == 0
            ? Html.Of($"<p class=\"lead\"><span class=\"state good\">All is well.</span> The stores answer; running for {Words.Span(time.GetUtcNow() - _startedAt)}.</p>")
            : Html.Of($"<ul role=\"alert\">{alarms}</ul>");
        return PageFrame.Render(visitor, "Overview", Html.Of($"""
            <h1>Overview</h1>
            {state}
            <dl class="figures">
            {shown.SelectMany(part => part.Figures).Select(figure => Html.Of($"<div><dt>{figure.Label}</dt><dd><strong>{figure.Value}</strong> <span class=\"aside\">{figure.Note}</span></dd></div>"))}
            </dl>
            <div class="parts">
            {shown.Where(part => !part.Body.IsNone).Select(part => Html.Of($"<section{Wide(part)}><h2>{part.Title}</h2>{part.Body}</section>"))}
            </div>
            """), PageLink.Overview);
    }

    private static Html Wide(OverviewPart part) => part.IsWide ? Html.Of($" class=\"wide\"") : Html.None;

    private static async ValueTask<OverviewPart?> RenderAsync(IOverviewPart part, PageVisitor visitor, CancellationToken cancellationToken)
    {
        try
        {
            return await part.RenderAsync(visitor, cancellationToken);
        }
        catch (Exception e) when (e is EntryStoreException or BlobStoreException or AccountStoreException or StorageFullException)
        {
            // The page is looked at when something is wrong: the others say what they can.
            return new OverviewPart("Not to be shown", Html.Of($"<p>{Html.Foreign(e.Message)}</p>"));
        }
    }
}
