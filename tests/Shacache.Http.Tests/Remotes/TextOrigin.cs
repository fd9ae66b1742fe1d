using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Http.Tests.Gateway;

namespace Shacache.Http.Tests.Remotes;

/// <summary>An index whose texts a test sets by their paths.</summary>
internal sealed class TextOrigin : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, string> _texts = new(StringComparer.Ordinal);
    private OriginServer? _server;
    private bool _isOff;

    public string Host => _server!.Host;

    public string[] Requests => [.. _server!.Requests.Select(request => request.Line)];

    public string this[string path]
    {
        set => _texts[path] = value;
    }

    public static async Task<TextOrigin> StartAsync()
    {
        var origin = new TextOrigin();
        origin._server = await OriginServer.StartAsync(async context =>
        {
            if (!origin._texts.TryGetValue(context.Features.Get<IHttpRequestFeature>()!.RawTarget, out string? text))
                context.Response.StatusCode = StatusCodes.Status404NotFound;
            else if (HttpMethods.IsGet(context.Request.Method))
                await context.Response.WriteAsync(text, context.RequestAborted);
        });
        return origin;
    }

    /// <summary>Nothing listens there any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isOff)
            await _server!.DisposeAsync();
        _isOff = true;
    }
}
