using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shacache.Http.Connections;

namespace Shacache.Http.Accounts;

/// <summary>Reads and writes the bodies of the routes of accounts. All of them are short.</summary>
internal static class JsonExchange
{
    /// <summary>The longest body that is read, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    private static readonly StringValues Json = "application/json";
    private static readonly StringValues Pem = "application/x-pem-file";
    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues NoSniff = "nosniff";

    /// <summary>Reads a document; an empty body is an empty one.</summary>
    /// <exception cref="AccountRefusedException">It is too long, or no such document.</exception>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        using var body = new PooledBuffer();
        if (!await BoundedBody.TryReadAsync(context.Request.BodyReader, body, MaxBytes, context.RequestAborted))
            throw new AccountRefusedException(AccountRefusal.Malformed, $"The body is longer than {MaxBytes} bytes.");

        // What a page of another site may send without being asked is never JSON.
        if (body.Written.Length > 0 && !(context.Request.ContentType ?? "").StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
            throw new AccountRefusedException(AccountRefusal.Malformed, "The body is not declared as JSON; send Content-Type: application/json.");
        ReadOnlyMemory<byte> text = body.Written.Length > 0 ? body.Written : "{}"u8.ToArray();
        try
        {
            return JsonSerializer.Deserialize(text.Span, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            string reason = e.Message.ReplaceLineEndings(" ");
            throw new AccountRefusedException(AccountRefusal.Malformed, $"The body is not the JSON document that belongs here: {reason}");
        }
    }

    /// <summary>Reads a short text.</summary>
    /// <exception cref="AccountRefusedException">It is too long.</exception>
    public static async ValueTask<string> ReadTextAsync(HttpContext context, int maxBytes)
    {
        using var body = new PooledBuffer();
        return await BoundedBody.TryReadAsync(context.Request.BodyReader, body, maxBytes, context.RequestAborted)
            ? Encoding.UTF8.GetString(body.Written.Span)
            : throw new AccountRefusedException(AccountRefusal.Malformed, $"The body is longer than {maxBytes} bytes.");
    }

    /// <summary>Answers with a document.</summary>
    public static ValueTask<long> WriteAsync<T>(HttpContext context, int status, T document, JsonTypeInfo<T> type) =>
        WriteAsync(context, status, Json, JsonSerializer.SerializeToUtf8Bytes(document, type));

    /// <summary>Answers with a certificate.</summary>
    public static ValueTask<long> WritePemAsync(HttpContext context, string pem) =>
        WriteAsync(context, StatusCodes.Status200OK, Pem, Encoding.ASCII.GetBytes(pem));

    /// <summary>Answers that it is done.</summary>
    public static ValueTask<long> WriteNothing(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return new ValueTask<long>(0);
    }

    private static async ValueTask<long> WriteAsync(HttpContext context, int status, StringValues contentType, byte[] body)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.Headers.ContentType = contentType;
        response.Headers.CacheControl = NoStore;
        response.Headers.XContentTypeOptions = NoSniff;
        response.ContentLength = body.Length;
        if (HttpMethods.IsHead(context.Request.Method))
            return 0;
        await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        return body.Length;
    }
}
