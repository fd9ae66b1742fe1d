using Microsoft.AspNetCore.Http;
using Shacache.Core.Upstreams;
using Shacache.Http.Accounts;

namespace Shacache.Http.Forwarding;

/// <summary>Shows the queue of uploads for upstreams, and changes it.</summary>
internal sealed class ForwardReport(IForwardQueue? queue = null, UploadForwarder? forwarder = null)
{
    /// <summary>The most items that are shown.</summary>
    private const int MaxItems = 1000;

    public async ValueTask<long> SendAsync(HttpContext context)
    {
        List<ForwardItemDocument> items = [];
        ForwardTotals totals = default;
        if (queue is not null)
        {
            totals = await queue.CountAsync(context.RequestAborted);
            await foreach (ForwardItem item in queue.ListAsync(context.RequestAborted))
            {
                items.Add(Describe(item));
                if (items.Count == MaxItems)
                    break;
            }
        }

        return await JsonExchange.WriteAsync(
            context, StatusCodes.Status200OK, new ForwardReportDocument(totals.Waiting, totals.Refused, items), MirrorDocuments.Default.ForwardReportDocument);
    }

    public async ValueTask<long> RetryAsync(HttpContext context)
    {
        int count = queue is null ? 0 : await queue.RetryAllAsync(context.RequestAborted);
        forwarder?.Wake();
        return await JsonExchange.WriteAsync(context, StatusCodes.Status200OK, new ForwardChangeDocument(count), MirrorDocuments.Default.ForwardChangeDocument);
    }

    public async ValueTask<long> DropAsync(HttpContext context) => await JsonExchange.WriteAsync(
        context,
        StatusCodes.Status200OK,
        new ForwardChangeDocument(queue is null ? 0 : await queue.RemoveRefusedAsync(context.RequestAborted)),
        MirrorDocuments.Default.ForwardChangeDocument);

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
