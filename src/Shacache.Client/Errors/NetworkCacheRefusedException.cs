using System.Net;

namespace Shacache.Client.Errors;

/// <summary>A server answered with a refusal that another attempt would only repeat: not allowed, too large, no room, malformed.</summary>
public sealed class NetworkCacheRefusedException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line: what was asked, the status, and the server's own line.</param>
    /// <param name="statusCode">The answer's status.</param>
    public NetworkCacheRefusedException(string message, HttpStatusCode statusCode)
        : base(message) => StatusCode = statusCode;

    /// <summary>The answer's status, such as 401, 413 or 507.</summary>
    public HttpStatusCode StatusCode { get; }
}
