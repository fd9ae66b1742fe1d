using System.Net;

namespace Shacache.Http.Upstreams;

/// <summary>The head of an upstream's answer; its body is yet to be read.</summary>
/// <param name="Upstream">Whose answer it is.</param>
/// <param name="Response">200 or 206; or that the thing is not there.</param>
internal sealed record UpstreamAnswer(Upstream Upstream, HttpResponseMessage Response) : IDisposable
{
    public bool IsFound => Response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent;

    /// <summary>Drops the connection, unless the body was read to its end.</summary>
    public void Dispose() => Response.Dispose();
}
