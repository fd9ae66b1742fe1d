using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Shacache.Http.Answers;
using Shacache.Http.Connections;

namespace Shacache.Http.Requests;

/// <summary>Reads the short bodies of requests that are not uploads.</summary>
internal static class JsonBody
{
    /// <summary>The longest document that is read, in bytes.</summary>
    private const int MaxBytes = 64 * 1024;

    /// <summary>Reads a document; an empty body is an empty one.</summary>
    /// <exception cref="RefusedException">It is too long, or no such document.</exception>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        using var body = new PooledBuffer();
        await ReadAsync(context, body, MaxBytes);

        // A web page can make a browser send a body without asking this server first, but not one that is declared as JSON.
        if (body.Written.Length > 0 && !(context.Request.ContentType ?? "").StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
            throw Malformed("The body is not declared as JSON; send Content-Type: application/json.");
        ReadOnlyMemory<byte> text = body.Written.Length > 0 ? body.Written : "{}"u8.ToArray();
        try
        {
            return JsonSerializer.Deserialize(text.Span, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw Malformed($"The body is not the JSON document that belongs here: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Reads a short text.</summary>
    /// <exception cref="RefusedException">It is too long.</exception>
    public static async ValueTask<string> ReadTextAsync(HttpContext context, int maxBytes)
    {
        using var body = new PooledBuffer();
        await ReadAsync(context, body, maxBytes);
        return Encoding.UTF8.GetString(body.Written.Span);
    }

    private static async ValueTask ReadAsync(HttpContext context, PooledBuffer body, int maxBytes)
    {
        if (!await BoundedBody.TryReadAsync(context.Request.BodyReader, body, maxBytes, context.RequestAborted))
            throw Malformed($"The body is longer than {maxBytes} bytes.");
    }

    private static RefusedException Malformed(string line) => new(new Problem(StatusCodes.Status400BadRequest, line));
}
