using Microsoft.AspNetCore.Http;
using Shacache.Core.Retention;
using Shacache.Http.Answers;
using Shacache.Http.Requests;

namespace Shacache.Http.Stores;

/// <summary>Removes what is of no use any more: <c>POST /store/gc</c> (docs/protocol.md, "Stores").</summary>
internal sealed class CleanUpOperation(StoreCleanUp cleanUp, TimeProvider time)
{
    public async ValueTask HandleAsync(HttpContext context)
    {
        CleanUpOrderDocument order = await BoundedBody.ReadJsonAsync(context, RetentionDocuments.Default.CleanUpOrderDocument);
        await JsonAnswer.WriteSlowlyAsync(context, RunAsync(order.DryRun, context.RequestAborted), RetentionDocuments.Default.CleanUpDocument);
    }

    private async Task<CleanUpDocument> RunAsync(bool isDryRun, CancellationToken cancellationToken)
    {
        IReadOnlyList<CleanedUp> done = await cleanUp.RunAsync(time.GetUtcNow(), isDryRun, cancellationToken);
        return new CleanUpDocument(isDryRun, [.. done.Select(one => new CleanedUpDocument(one.Kind, one.Count, one.LengthBytes))]);
    }
}
