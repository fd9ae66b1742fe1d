using Microsoft.AspNetCore.Http;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Routing;

namespace Shacache.Http.Metrics;

/// <summary><c>GET /metrics</c>: the metrics in the format of Prometheus (docs/monitoring.md).</summary>
internal sealed class MetricsEndpoint(MetricsAudience audience, Telemetry telemetry, StateReader state, IOperatorGate gate) : IEndpoint
{
    public const string Path = "/metrics";

    private static readonly Problem NotHere = new(
        StatusCodes.Status403Forbidden, "The metrics of this server are for its own machine (metrics = loopback). Ask there, or set metrics to anyone or administrators.")
    {
        Reason = "not-here",
    };

    private static readonly Problem Off = new(
        StatusCodes.Status404NotFound, "This server shows no metrics (metrics = off). Set metrics to loopback, administrators or anyone.");

    private static readonly Problem Disabled = new(
        StatusCodes.Status404NotFound, "This server shows no metrics, since OTEL_SDK_DISABLED is set in its environment.");

    public IEnumerable<Mount> Mounts => [Mount.At(Path)];

    public string Surface => "metrics";

    public bool IsForWebPages(HttpRequest request, in Route route) => audience == MetricsAudience.Anyone;

    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        string method = context.Request.Method;
        return HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? SendAsync(context) : UploadRefusal.WriteMethodUnknownAsync(context, "GET, HEAD");
    }

    private async ValueTask SendAsync(HttpContext context)
    {
        if (await FindRefusalAsync(context) is { } refusal)
        {
            await ErrorResponse.WriteAsync(context, refusal);
            return;
        }

        await state.RefreshAsync(context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        if (telemetry.Scrape is { } scrape)
            await scrape(context);
        else
            await ErrorResponse.WriteAsync(context, Disabled);
    }

    private ValueTask<Problem?> FindRefusalAsync(HttpContext context) => audience switch
    {
        MetricsAudience.Anyone => default,
        MetricsAudience.Administrators => gate.FindRefusalAsync(context),
        MetricsAudience.Loopback => new(OpenGate.Admit(context).Refusal is null ? null : NotHere),
        _ => new(Off),
    };
}
