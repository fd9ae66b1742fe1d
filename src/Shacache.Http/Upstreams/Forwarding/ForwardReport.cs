using Microsoft.AspNetCore.Http;
using Shacache.Core.Upstreams;
using Shacache.Http.Answers;

namespace Shacache.Http.Upstreams.Forwarding;

/// <summary>Shows the queue of uploads for upstreams, and changes it. It may hold some on a server that no longer sends.</summary>
internal sealed class ForwardReport(IForwardQueue queue, ForwardNews news)
{
    /// <summary>The most items that are shown.</summary>
    private const int MaxItems = 1000;

    public async ValueTask SendAsync(HttpContext context)
    {
        List<ForwardItemDocument> items = [];
        ForwardTotals totals = await queue.CountAsync(context.RequestAborted);
        await foreach (ForwardItem item in queue.ListAsync(context.RequestAborted))
        {
            items.Add(Describe(item));
            if (items.Count == MaxItems)
                break;
        }

        await JsonAnswer.WriteAsync(
            context, StatusCodes.Status200OK, new ForwardReportDocument(totals.Waiting, totals.Refused, items), MirrorDocuments.Default.ForwardReportDocument);
    }

    public async ValueTask RetryAsync(HttpContext context)
    {
        int count = await queue.RetryAllAsync(context.RequestAborted);
        news.Announce();
        await WriteAsync(context, count);
    }

    public async ValueTask DropAsync(HttpContext context) => await WriteAsync(context, await queue.RemoveRefusedAsync(context.RequestAborted));

    private static ValueTask WriteAsync(HttpContext context, int count) =>
        JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new ForwardChangeDocument(count), MirrorDocuments.Default.ForwardChangeDocument);

    private static ForwardItemDocument Describe(ForwardItem item) => new(
        item.Upstream,
        item.Digest.ToString(),
        item.Key?.Value,
        item.QueuedAt,
        item.Attempts,
        item.RefusedAt is null ? item.DueAt : null,
        item.RefusedAt,
        item.Problem);
}
