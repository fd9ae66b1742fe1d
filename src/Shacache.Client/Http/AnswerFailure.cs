using System.Net;
using Shacache.Client.Errors;
using Shacache.Core.Urls;

namespace Shacache.Client.Http;

/// <summary>What a status other than the expected one means.</summary>
internal static class AnswerFailure
{
    public static RequestFailure From(CacheRequest request, HttpResponseMessage response, string serverLine, DateTimeOffset now)
    {
        string reason = OneLine.Of(response.ReasonPhrase ?? response.StatusCode.ToString());
        string text = $"{request}: the server answered {(int)response.StatusCode} {reason}{(serverLine.Length > 0 ? $" ({serverLine})" : "")}";
        return new RequestFailure(KindOf(response.StatusCode), text + Advice(response, now))
        {
            StatusCode = response.StatusCode,
            RetryAfter = RetryAfter(response, now),
        };
    }

    private static FailureKind KindOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound or HttpStatusCode.Gone => FailureKind.NotFound,
        HttpStatusCode.RequestTimeout or (HttpStatusCode)425 or HttpStatusCode.TooManyRequests => FailureKind.Transient,
        HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported or HttpStatusCode.InsufficientStorage => FailureKind.Refused,
        >= HttpStatusCode.InternalServerError => FailureKind.Transient,
        _ => FailureKind.Refused,
    };

    private static string Advice(HttpResponseMessage response, DateTimeOffset now) => response.StatusCode switch
    {
        HttpStatusCode.Unauthorized => "; check the credentials of this machine: the client certificate, the token, or user and password in the URL",
        HttpStatusCode.Forbidden => "; its operator decides what this machine may do",
        HttpStatusCode.ProxyAuthenticationRequired => "; check user and password of the proxy",
        HttpStatusCode.RequestEntityTooLarge => "; it accepts nothing so large",
        HttpStatusCode.TooManyRequests when RetryAfter(response, now) is { } wait => $"; it asks to be left alone for {Show(wait)}",
        HttpStatusCode.InsufficientStorage => "; its disk is full, which its operator must mend",
        >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest when response.Headers.Location is { } location =>
            $"; put the URL it redirects to ({OneLine.Of(UrlSecrets.Redact(location.OriginalString))}) into the configuration",
        _ => "",
    };

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now) =>
        response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - now : null;

    private static string Show(TimeSpan wait) => wait switch
    {
        { TotalHours: >= 2 } => $"{wait.TotalHours:0.#} h",
        { TotalMinutes: >= 2 } => $"{wait.TotalMinutes:0.#} min",
        _ => $"{Math.Ceiling(wait.TotalSeconds):0} s",
    };
}
