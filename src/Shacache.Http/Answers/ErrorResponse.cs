using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shacache.Core.Messages;

namespace Shacache.Http.Answers;

/// <summary>Writes a <see cref="Problem"/>: one line of plain text.</summary>
internal static class ErrorResponse
{
    private static readonly StringValues PlainText = "text/plain; charset=utf-8";
    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues NoSniff = "nosniff";

    // RFC 9110, section 11.6.1: 401 names what would do. A client certificate has no scheme of HTTP.
    private static readonly StringValues Schemes = new(["Bearer realm=\"shacache\"", "Basic realm=\"shacache\", charset=\"UTF-8\""]);

    /// <summary>Answers. The line is bounded and stays one line whatever the request put into it.</summary>
    public static async ValueTask WriteAsync(HttpContext context, Problem problem)
    {
        HttpResponse response = context.Response;
        Exchange.Of(context)?.RefusalReason = problem.Reason ?? ReasonOf(problem.Status);
        byte[] body = Encoding.UTF8.GetBytes($"{Printable.Of(problem.Line)}\n");
        response.StatusCode = problem.Status;
        response.Headers.ContentType = PlainText;
        response.Headers.CacheControl = NoStore;
        response.Headers.XContentTypeOptions = NoSniff;
        if (problem.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = Schemes;
        if (problem.RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>What a refusal is called that has no name of its own; null for what is none, such as a miss.</summary>
    private static string? ReasonOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "credential",
        StatusCodes.Status403Forbidden => "forbidden",
        StatusCodes.Status413PayloadTooLarge => "too-large",
        StatusCodes.Status429TooManyRequests => "rate",
        StatusCodes.Status503ServiceUnavailable => "busy",
        StatusCodes.Status507InsufficientStorage => "no-room",
        _ => null,
    };
}

/// <summary>Ends connections.</summary>
internal static class ClosingExtensions
{
    /// <summary>Has the connection closed after this answer. HTTP/2 has no such header and no need: a stream ends by itself (RFC 9113, section 8.2.2).</summary>
    public static void CloseAfterAnswer(this HttpContext context)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
    }
}
