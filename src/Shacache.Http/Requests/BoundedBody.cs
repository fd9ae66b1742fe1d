using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Shacache.Http.Answers;

namespace Shacache.Http.Requests;

/// <summary>Reads short bodies whole.</summary>
internal static class BoundedBody
{
    /// <summary>The longest document that is read, in bytes.</summary>
    private const int MaxDocumentBytes = 64 * 1024;

    /// <summary>Reads the whole body.</summary>
    /// <returns>False when it is longer than allowed.</returns>
    public static async ValueTask<bool> TryReadAsync(HttpContext context, PooledBuffer body, int maxBytes)
    {
        PipeReader reader = context.Request.BodyReader;
        Exchange? exchange = Exchange.Of(context);
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            if (body.Written.Length + read.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(read.Buffer.Start);
                return false;
            }

            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
                body.Write(segment.Span);
            exchange?.NoteReceived(read.Buffer.Length);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return true;
        }
    }

    /// <summary>Reads a document; an empty body is an empty one.</summary>
    /// <exception cref="RefusedException">It is too long, or no such document.</exception>
    public static async ValueTask<T> ReadJsonAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        using var body = new PooledBuffer();
        await ReadAsync(context, body, MaxDocumentBytes);

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
        if (!await TryReadAsync(context, body, maxBytes))
            throw Malformed($"The body is longer than {maxBytes} bytes.");
    }

    private static RefusedException Malformed(string line) => new(new Problem(StatusCodes.Status400BadRequest, line));
}
