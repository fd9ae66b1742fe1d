using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Shacache.Http.Metrics.Recording;

/// <summary>Spans of what takes long: uploads, fills and forwards. They cost nothing while there is no listener.</summary>
internal static class Traces
{
    /// <summary>What a tracer listens to.</summary>
    public const string SourceName = "Shacache";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins a span for an upload, within the trace that the client names (<c>traceparent</c>); null when there is no listener.</summary>
    public static Activity? Upload(HttpContext context)
    {
        if (!Source.HasListeners())
            return null;
        IHeaderDictionary headers = context.Request.Headers;
        bool isWithin = ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out ActivityContext parent);
        return Start("upload", ActivityKind.Server, isWithin ? parent : default);
    }

    /// <summary>Begins a span for content that is fetched from elsewhere; null when there is no listener. It belongs to no request: several may wait for it.</summary>
    /// <param name="from">Where from: <c>upstream</c> or <c>origin</c>.</param>
    /// <param name="what">The content: a digest, or a URL without secrets.</param>
    public static Activity? Fill(string from, string what)
    {
        Activity? span = Start("fill", ActivityKind.Client, default);
        return span?.SetTag("shacache.from", from).SetTag(from == "origin" ? "url.full" : "shacache.digest", what);
    }

    /// <summary>Begins a span for an upload that is passed on; null when there is no listener.</summary>
    public static Activity? Forward(string upstream, string digest)
    {
        Activity? span = Start("forward", ActivityKind.Client, default);
        return span?.SetTag("shacache.upstream", upstream).SetTag("shacache.digest", digest);
    }

    private static Activity? Start(string name, ActivityKind kind, ActivityContext parent)
    {
        if (!Source.HasListeners())
            return null;

        // The web server begins one of its own for each request, which is not recorded: what is within it would not be recorded either.
        Activity.Current = null;
        return Source.StartActivity(name, kind, parent);
    }

    /// <summary>Says that what a span stands for failed.</summary>
    public static void Fail(this Activity? span, string problem) => span?.SetStatus(ActivityStatusCode.Error, problem);
}
