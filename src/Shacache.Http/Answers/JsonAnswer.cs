using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Shacache.Http.Answers;

/// <summary>Writes short documents that no cache may keep.</summary>
internal static class JsonAnswer
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);
    private static readonly StringValues Json = "application/json";
    private static readonly StringValues Pem = "application/x-pem-file";
    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues NoSniff = "nosniff";

    /// <summary>Answers with a document.</summary>
    public static ValueTask WriteAsync<T>(HttpContext context, int status, T document, JsonTypeInfo<T> type) =>
        WriteAsync(context, status, Json, JsonSerializer.SerializeToUtf8Bytes(document, type));

    /// <summary>Answers with a document when it is there; before that with line feeds, so that no proxy takes long work for a dead connection.</summary>
    public static async ValueTask WriteSlowlyAsync<T>(HttpContext context, Task<T> running, JsonTypeInfo<T> type)
    {
        context.Response.Headers.ContentType = Json;
        context.Response.Headers.CacheControl = NoStore;
        context.Response.Headers.XContentTypeOptions = NoSniff;
        while (await Task.WhenAny(running, Task.Delay(KeepAlive)) != running)
            await context.Response.BodyWriter.WriteAsync("\n"u8.ToArray(), context.RequestAborted);

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(await running, type);
        if (!context.Response.HasStarted)
            context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Answers with a certificate.</summary>
    public static ValueTask WritePemAsync(HttpContext context, string pem) =>
        WriteAsync(context, StatusCodes.Status200OK, Pem, Encoding.ASCII.GetBytes(pem));

    private static async ValueTask WriteAsync(HttpContext context, int status, StringValues contentType, byte[] body)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.Headers.ContentType = contentType;
        response.Headers.CacheControl = NoStore;
        response.Headers.XContentTypeOptions = NoSniff;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }
}
