using Microsoft.AspNetCore.Connections;

namespace Shacache.Http.Connections;

/// <summary>Adds <see cref="ErrorLineWriter"/> to connections.</summary>
public static class ErrorLineExtensions
{
    /// <summary>Gives the errors that Kestrel answers by itself, before any request is dispatched, their line of text. HTTP/1 only.</summary>
    public static void UseErrorLines(this IConnectionBuilder connections)
    {
        ArgumentNullException.ThrowIfNull(connections);
        connections.Use(next => async connection =>
        {
            connection.Transport = new ErrorLinePipe(connection.Transport);
            await next(connection);
        });
    }
}
