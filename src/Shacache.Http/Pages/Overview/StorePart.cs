using Microsoft.Extensions.DependencyInjection;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Overview;

/// <summary>How much is stored, against the limit and the disk.</summary>
internal sealed class StorePart(IDatabase database, IServiceProvider services) : IOverviewPart
{
    /// <summary>Null for stores that have no limit of their own.</summary>
    private readonly StoreBudget? _budget = services.GetService<StoreBudget>();

    public int Place => OverviewPlace.Store;

    public async ValueTask<OverviewPart?> RenderAsync(PageVisitor visitor, CancellationToken cancellationToken)
    {
        BlobTotals totals = await database.BlobIndex.CountAsync(cancellationToken);
        string stored = Words.Size(totals.LengthBytes);
        string objects = Words.Count(totals.Count, "object", "objects");
        StoreBudgetOptions? options = _budget?.Options;
        DiskSpace? disk = _budget?.FindSpace();
        Html limit = options?.MaxBytes is { } max
            ? Html.Of($"""
                <p>{stored} of {Words.Size(max)} ({Words.Share(totals.LengthBytes, max)})</p>
                {Chart.Meter($"{stored} of {Words.Size(max)} stored", totals.LengthBytes, max)}
                <p class="aside">Above the limit, what was not used for the longest time is removed; what a client was told about within {Words.Span(options.Grace)} stays.</p>
                """)
            : Html.Of($"<p>{stored} in {objects}. <span class=\"aside\">There is no limit but the disk (max-store-size).</span></p>");
        Html room = disk is { } space
            ? Html.Of($"""
                <p>{Words.Size(space.FreeBytes)} free on its disk of {Words.Size(space.TotalBytes)}</p>
                {Chart.Meter($"{Words.Size(space.TotalBytes - space.FreeBytes)} of the disk's {Words.Size(space.TotalBytes)} used", space.TotalBytes - space.FreeBytes, space.TotalBytes, isAlarming: true)}
                """)
            : Html.None;
        return new OverviewPart("Store", Html.Of($"{limit}{room}"))
        {
            Figures = [new Figure("Stored", stored, options?.MaxBytes is { } bound ? $"{objects}, {Words.Share(totals.LengthBytes, bound)} of the limit" : objects)],
            Alarms = (_budget?.Exhaustion ?? Exhaustion.None) switch
            {
                Exhaustion.OfLimit => ["The store is full, and everything in it was stored or asked for of late: uploads are refused (max-store-size, evict-grace)."],
                Exhaustion.OfDisk => ["The disk has less free space than min-free-space, and nothing is stored that may go: uploads are refused."],
                _ => [],
            },
        };
    }
}
