using System.Net.Http.Headers;
using System.Security.Authentication;
using Shacache.Core;
using Shacache.Http.Answers;
using Shacache.Http.Gateway.Origins;
using Shacache.Protocol;

namespace Shacache.Http.Gateway;

/// <summary>Asks origins. Nothing of the gateway's own client goes along but a range that it wants: no credentials, no cookies, no other header.</summary>
internal sealed class OriginClient : IDisposable
{
    private readonly GatewayOptions _options;
    private readonly OriginPolicy _policy;
    private readonly Lazy<HttpClient> _client;

    public OriginClient(GatewayOptions options, OriginPolicy policy, OriginConnector connector)
    {
        _options = options;
        _policy = policy;
        // Most servers ask no origin, and start sooner without it.
        _client = new Lazy<HttpClient>(() => CreateClient(connector));
    }

    /// <summary>Asks, and follows redirects to allowed origins.</summary>
    /// <param name="question">What.</param>
    /// <param name="url">An allowed URL.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>200; 304 only for what is known, 206 and 416 only for a range. To be disposed; the body is yet to be read.</returns>
    /// <exception cref="GatewayException">There is no such answer.</exception>
    /// <exception cref="HttpRequestException">No descriptor is left for a connection.</exception>
    public async Task<HttpResponseMessage> SendAsync(OriginQuestion question, OriginUrl url, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.FirstByteTimeout);
        try
        {
            return await FollowAsync(question, url, patience.Token);
        }
        catch (HttpRequestException e) when (!Descriptors.IsUsedUp(e))
        {
            if (e.InnerException is GatewayException refusal)
                throw refusal;
            // Of whichever origin the redirects led to.
            Problem problem = e.HttpRequestError == HttpRequestError.SecureConnectionError && e.InnerException is AuthenticationException
                ? GatewayProblems.UntrustedCertificate(url)
                : GatewayProblems.Unreachable(url);
            throw new GatewayException(problem, e) { IsOriginDown = true };
        }
        catch (IOException e)
        {
            throw new GatewayException(GatewayProblems.Unreachable(url), e) { IsOriginDown = true };
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GatewayException(GatewayProblems.TimedOut(url), e) { IsOriginDown = true };
        }
    }

    public void Dispose()
    {
        if (_client.IsValueCreated)
            _client.Value.Dispose();
    }

    private static HttpClient CreateClient(OriginConnector connector)
    {
        // Without a proxy: it would resolve and connect in our place, and our checks would be for nothing. The time for the head of the answer holds for the connection, too.
        var client = new HttpClient(HttpConnections.CreateHandler(
            TlsSettings.CreateForClient(), Timeout.InfiniteTimeSpan, TimeSpan.FromMinutes(2), connector.Connector))
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        HttpRequestHeaders headers = client.DefaultRequestHeaders;
        headers.Accept.ParseAdd("*/*");
        headers.AcceptEncoding.ParseAdd("identity");
        headers.UserAgent.ParseAdd("shacache-gateway");
        return client;
    }

    private async Task<HttpResponseMessage> FollowAsync(OriginQuestion question, OriginUrl first, CancellationToken cancellationToken)
    {
        OriginUrl url = first;
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage answer = await SendOnceAsync(question, url, cancellationToken);
            try
            {
                if (question.IsAnsweredBy(answer.StatusCode))
                {
                    return BodyLength.FindContradiction(answer) is { } contradiction
                        ? throw new GatewayException(GatewayProblems.UnclearLength(url, contradiction))
                        : answer;
                }

                if (!Redirects.IsRedirect(answer.StatusCode))
                {
                    if (!question.MayBeAskedByGet(answer.StatusCode))
                        throw Refuse(url, (int)answer.StatusCode);
                    answer.Dispose();
                    question = question with { Method = HttpMethod.Get };
                    continue;
                }

                if (redirects == Redirects.Max)
                    throw new GatewayException(GatewayProblems.TooManyRedirects(first));
                OriginUrl next = FindTarget(url, answer);
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

    private async Task<HttpResponseMessage> SendOnceAsync(OriginQuestion question, OriginUrl url, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = question.ToMessage(url);
        return await _client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static GatewayException Refuse(OriginUrl url, int status) => status is 404 or 410
        ? new GatewayException(GatewayProblems.NotFound(url, status))
        : new GatewayException(GatewayProblems.BadAnswer(url, status)) { IsOriginDown = status >= 500 || status == 429 };

    private OriginUrl FindTarget(OriginUrl url, HttpResponseMessage answer)
    {
        // As it was sent: the typed property would have parsed it already, in another way.
        string location = answer.Headers.NonValidated.TryGetValues("Location", out HeaderStringValues values) && values.Count == 1 ? values.ToString() : "";
        if (!url.TryFollow(location, out OriginUrl? target, out string? problem))
            throw new GatewayException(GatewayProblems.RedirectRefused(url, problem));
        return _policy.FindRedirectProblem(url, target) is { } refusal
            ? throw new GatewayException(GatewayProblems.RedirectRefused(url, refusal))
            : target;
    }
}
