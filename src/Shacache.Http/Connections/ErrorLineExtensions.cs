using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Shacache.Http.Connections;

/// <summary>Adds <see cref="ErrorLineWriter"/> to connections.</summary>
public static class ErrorLineExtensions
{
    /// <summary>Gives the errors that Kestrel answers by itself, before any request is dispatched, their line of text.</summary>
    /// <remarks>To come behind TLS, where there is any. A connection that agreed on HTTP/2 is left alone.</remarks>
    public static void UseErrorLines(this IConnectionBuilder connections)
    {
        ArgumentNullException.ThrowIfNull(connections);
        connections.Use(next => async connection =>
        {
            if (!IsHttp2(connection))
                connection.Transport = new ErrorLinePipe(connection.Transport);
            await next(connection);
        });
    }

    private static bool IsHttp2(ConnectionContext connection) =>
        connection.Features.Get<ITlsApplicationProtocolFeature>() is { } agreed && agreed.ApplicationProtocol.Span.SequenceEqual("h2"u8);
}
