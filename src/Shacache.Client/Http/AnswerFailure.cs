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

/// <summary>What the user can do about a request that failed.</summary>
internal static class FailureAdvice
{
    /// <summary>What names a server with accounts, which is no option of a configuration.</summary>
    public const string AccountServer = "the URL of the server";

    /// <summary>A sentence with a space before it; empty when there is nothing to say.</summary>
    /// <param name="failure">The worst that happened.</param>
    /// <param name="option">The option that names the server, or in words what does.</param>
    public static string For(RequestFailure failure, string option) => failure.Kind switch
    {
        FailureKind.Unusable when failure.IsUntrusted => $" If the server has a CA of its own, {TrustWith(option)}.",
        FailureKind.Unusable => $" Check {option}.",
        FailureKind.Transient => $" Try again later, or check {option} and the network.",
        // An upload that finds nothing at its URL went to the wrong one. What else is not there is an answer.
        FailureKind.NotFound when option.StartsWith("upload-", StringComparison.Ordinal) => $" Check {option}.",
        _ => "",
    };

    private static string TrustWith(string option)
    {
        if (option == AccountServer)
            return "name the certificate of that CA: --ca of the commands";
        const string System = "add that CA to those of this machine";
        string? surface = option.EndsWith("-cache-url", StringComparison.Ordinal) ? "shacache" : option.EndsWith("-dir-url", StringComparison.Ordinal) ? "shadir" : null;
        return surface is null ? System : $"name its certificate in {surface}-ca-file, which counts for the hosts of the upload URLs, or {System}";
    }
}
