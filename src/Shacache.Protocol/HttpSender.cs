using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;

namespace Shacache.Protocol;

/// <summary>Sends requests and follows redirects, each request with its own limits. Keeps connections, and nothing else.</summary>
/// <param name="settings">How connections are made.</param>
public sealed class HttpSender(ConnectionSettings settings) : IDisposable
{
    private readonly Lazy<HttpMessageInvoker> _common = new(() => new HttpMessageInvoker(HttpConnections.CreateHandler(TlsSettings.CreateForClient(), settings)));
    private readonly ConcurrentDictionary<TlsScope, Lazy<HttpMessageInvoker>> _scoped = [];

    /// <summary>Sends a request and waits for the head of the answer, redirects followed. The body is not read.</summary>
    /// <returns>The answer, to be disposed; it may be a redirect that names no target.</returns>
    /// <exception cref="RedirectException">It redirects to where no request is sent.</exception>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    /// <exception cref="IOException">There is no answer.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled, or a wait was over (<see cref="ExchangeClock.FindTimeout"/>), or the connection took too long.</exception>
    public async Task<HttpResponseMessage> SendAsync(OutgoingRequest request, ExchangeClock clock)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(clock);
        Uri url = request.Url;
        AuthenticationHeaderValue? credentials = request.Credentials;
        for (int redirects = 0; ; redirects++)
        {
            if (redirects == 0 || !clock.Limits.IncludesRedirects)
                clock.Wait(clock.Limits.AnswerTimeout, "answer");
            HttpResponseMessage answer = await SendOnceAsync(request, url, credentials, clock).ConfigureAwait(false);
            try
            {
                if (answer.StatusCode == HttpStatusCode.ExpectationFailed && request.ExpectContinue)
                {
                    // The server, or something before it, cannot be asked first (RFC 9110, section 15.5.18).
                    answer.Dispose();
                    request = request with { ExpectContinue = false };
                    clock.Wait(clock.Limits.AnswerTimeout, "answer");
                    answer = await SendOnceAsync(request, url, credentials, clock).ConfigureAwait(false);
                }

                if (Redirects.FindTarget(request, url, answer) is not { } next)
                {
                    clock.Pause();
                    return answer;
                }

                if (redirects == clock.Limits.MaxRedirects)
                    throw new RedirectException(RedirectProblem.TooMany, next);
                bool hasSecret = credentials is not null || request.Tls?.ShowsCertificate(request.Url, url) == true;
                if ((hasSecret || request.KeepsTls) && Redirects.LeavesTls(url, next))
                    throw new RedirectException(hasSecret ? RedirectProblem.LeavesTlsWithSecret : RedirectProblem.LeavesTls, next);

                // A password is for the server it was configured for, and no other.
                if (!Redirects.IsSameServer(url, next))
                    credentials = null;
                answer.Dispose();
                url = next;
            }
            catch
            {
                answer.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<HttpMessageInvoker> invoker in _scoped.Values.Append(_common))
        {
            if (invoker.IsValueCreated)
                invoker.Value.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(OutgoingRequest request, Uri url, AuthenticationHeaderValue? credentials, ExchangeClock clock)
    {
        Lazy<HttpMessageInvoker> invoker = request.Tls is { } scope && scope.Covers(request.Url, url)
            ? _scoped.GetOrAdd(scope, added => new Lazy<HttpMessageInvoker>(() => new HttpMessageInvoker(HttpConnections.CreateHandler(added.Settings, settings))))
            : _common;
        using HttpRequestMessage message = request.ToMessage(url, credentials, clock);
        return await invoker.Value.SendAsync(message, clock.Token).ConfigureAwait(false);
    }
}
