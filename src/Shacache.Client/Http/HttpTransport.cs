using System.Net;
using System.Security.Authentication;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Urls;
using Shacache.Protocol;

namespace Shacache.Client.Http;

/// <summary>Sends requests to the servers of one surface with their credentials, and says what a failure means.</summary>
/// <param name="sender">The connections; surfaces may share them.</param>
/// <param name="credentials">What the servers get to see.</param>
/// <param name="timeProvider">The clock of the timeouts.</param>
internal sealed class HttpTransport(HttpSender sender, ServerCredentials credentials, TimeProvider timeProvider)
{
    /// <summary>Makes the connections of a client.</summary>
    /// <param name="options">The proxies, and the longest time that a connection may take.</param>
    /// <param name="socketPath">The Unix socket that every request goes to, whatever its URL says; null for the network.</param>
    /// <exception cref="NetworkCacheConfigurationException">A proxy variable of the environment is no URL.</exception>
    public static HttpSender CreateSender(NetworkCacheOptions options, string? socketPath = null) => new(new ConnectionSettings
    {
        ConnectTimeout = options.ConnectTimeout,
        Lifetime = TimeSpan.FromMinutes(10),
        Proxy = socketPath is null ? options.Proxy ?? new EnvironmentProxy(Environment.GetEnvironmentVariable) : null,
        SocketPath = socketPath,
    });

    /// <summary>Starts the clock of one attempt.</summary>
    /// <param name="limits">The limits of the attempt.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public ExchangeClock StartClock(NetworkCacheOptions limits, CancellationToken cancellationToken) => new(
        new ExchangeLimits
        {
            ConnectTimeout = limits.ConnectTimeout,
            AnswerTimeout = limits.ConnectTimeout + limits.FirstByteTimeout,
            StallTimeout = limits.StallTimeout,
            MinBytesPerSecond = limits.MinBytesPerSecond,
            MaxRedirects = limits.MaxRedirects,
        },
        timeProvider,
        cancellationToken);

    /// <summary>Sends a request and waits for the head of the answer, redirects followed. The body is not read.</summary>
    /// <exception cref="RequestFailure">There is no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(CacheRequest request, ExchangeClock clock)
    {
        OutgoingRequest sent = request with { Credentials = credentials.Find(request.Server), Tls = credentials.Tls };
        try
        {
            return await sender.SendAsync(sent, clock).ConfigureAwait(false);
        }
        catch (RedirectException e)
        {
            throw new RequestFailure(FailureKind.Unusable, $"{request}: {Describe(e, clock.Limits)}", e);
        }
        catch (Exception e) when (clock.IsTrouble(e))
        {
            throw Explain(request, e, clock);
        }
    }

    /// <summary>Reads the server's own line about a refusal, as far as it comes.</summary>
    public async Task<RequestFailure> ReadFailureAsync(CacheRequest request, HttpResponseMessage response, ExchangeClock clock)
    {
        string line = "";
        if (response.Content.Headers.ContentType?.MediaType == "text/plain")
        {
            clock.WaitForRest();
            line = await BoundedText.ReadLineAsync(response, clock.Token).ConfigureAwait(false);
        }

        return AnswerFailure.From(request, response, line, timeProvider.GetUtcNow());
    }

    /// <summary>What a failure while a body is transferred means.</summary>
    public static RequestFailure Explain(CacheRequest request, Exception e, ExchangeClock clock, string during = "")
    {
        if (clock.FindTimeout() is { } timeout)
            return new RequestFailure(FailureKind.Transient, $"{request}{during}: timed out: {timeout}", e);
        if (e is OperationCanceledException or HttpRequestException { InnerException: TimeoutException })
            return new RequestFailure(FailureKind.Transient, $"{request}{during}: timed out while connecting", e);
        if (e is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError, StatusCode: { } status and < HttpStatusCode.InternalServerError })
            return new RequestFailure(FailureKind.Unusable, $"{request}: the proxy answered {(int)status}", e);
        if (e.InnerException is AuthenticationException tls)
        {
            Exception cause = tls.InnerException ?? tls;
            return new RequestFailure(FailureKind.Unusable, $"{request}: TLS failed: {ConnectionTrouble.OfTls(cause)}", e) { IsUntrusted = ConnectionTrouble.IsUntrusted(cause) };
        }

        return new RequestFailure(FailureKind.Transient, $"{request}{during}: {ConnectionTrouble.Of(request, e)}", e);
    }

    private static string Describe(RedirectException redirect, ExchangeLimits limits) => redirect.Problem switch
    {
        RedirectProblem.TooMany => $"redirected more than {limits.MaxRedirects} times",
        RedirectProblem.NoUrl => "the server redirects to something that is no URL",
        RedirectProblem.OtherScheme => $"the server redirects to {OneLine.Of(redirect.Target!.Scheme)}, which is neither http nor https",
        RedirectProblem.LeavesTlsWithSecret => $"the server redirects from https to http ({Show(redirect.Target!)}), which is not followed with credentials",
        _ => $"the server redirects from https to http ({Show(redirect.Target!)}), where anyone on the way could answer: it is not followed",
    };

    private static string Show(Uri url) => OneLine.Of(UrlSecrets.Redact(url.AbsoluteUri.Split('?')[0]));
}
