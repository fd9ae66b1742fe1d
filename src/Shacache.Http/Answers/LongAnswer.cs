using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Shacache.Http.Answers;

/// <summary>Answers with a document that takes a while: line feeds come before it, so that no proxy takes the connection for dead.</summary>
internal static class LongAnswer
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);
    private static readonly byte[] LineFeed = [(byte)'\n'];

    /// <summary>Answers, with a status of its own only when it fails within the first seconds; later, a failure cuts the answer off.</summary>
    public static async ValueTask WriteAsync<T>(HttpContext context, Func<CancellationToken, Task<T>> work, JsonTypeInfo<T> type)
    {
        Task<T> running = work(context.RequestAborted);
        while (await Task.WhenAny(running, Task.Delay(KeepAlive, CancellationToken.None)) != running)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.ContentType = "application/json";
                context.Response.Headers.CacheControl = "no-store";
            }

            await context.Response.BodyWriter.WriteAsync(LineFeed, CancellationToken.None);
        }

        T document = await running;
        if (context.Response.HasStarted)
            await context.Response.BodyWriter.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(document, type), context.RequestAborted);
        else
            await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, document, type);
    }
}
