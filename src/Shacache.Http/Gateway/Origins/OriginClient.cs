using System.Net.Http.Headers;
using System.Security.Authentication;
using Shacache.Core;
using Shacache.Http.Answers;
using Shacache.Protocol;

namespace Shacache.Http.Gateway.Origins;

/// <summary>Asks origins. Nothing of the gateway's own client goes along but a range that it wants: none of its credentials, no cookies, no other header.</summary>
internal sealed class OriginClient(GatewayOptions options, OriginPolicy policy, OriginConnector connector, TimeProvider time) : IDisposable
{
    // Without a proxy: it would resolve and connect in our place, and our checks would be for nothing. The time for the head of the answer holds for the connection, too.
    private readonly HttpSender _sender = new(new ConnectionSettings { Connector = connector.Connector });

    private readonly ExchangeLimits _limits = new()
    {
        AnswerTimeout = options.FirstByteTimeout,
        IncludesRedirects = true,
        StallTimeout = options.StallTimeout,
        MinBytesPerSecond = options.MinBytesPerSecond,
    };

    /// <summary>Starts the clock of one answer.</summary>
    public ExchangeClock StartClock(CancellationToken cancellationToken) => new(_limits, time, cancellationToken);

    /// <summary>Asks for the head of an answer alone, and follows redirects to allowed origins.</summary>
    /// <inheritdoc cref="SendAsync(OriginQuestion, OriginUrl, ExchangeClock)"/>
    public async Task<HttpResponseMessage> SendAsync(OriginQuestion question, OriginUrl url, CancellationToken cancellationToken)
    {
        using ExchangeClock clock = StartClock(cancellationToken);
        clock.EndWithin(_limits.AnswerTimeout);
        return await SendAsync(question, url, clock);
    }

    /// <summary>Asks, and follows redirects to allowed origins.</summary>
    /// <param name="question">What.</param>
    /// <param name="url">An allowed URL.</param>
    /// <param name="clock">The clock of the answer.</param>
    /// <returns>200; 304 only for what is known, 206 and 416 only for a range. To be disposed; the body is yet to be read.</returns>
    /// <exception cref="GatewayException">There is no such answer.</exception>
    /// <exception cref="HttpRequestException">No descriptor is left for a connection.</exception>
    public async Task<HttpResponseMessage> SendAsync(OriginQuestion question, OriginUrl url, ExchangeClock clock)
    {
        try
        {
            return await FollowAsync(question, url, clock);
        }
        catch (RedirectException)
        {
            throw new GatewayException(GatewayProblems.TooManyRedirects(url));
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
        catch (OperationCanceledException e) when (!clock.IsCancelledByCaller)
        {
            throw new GatewayException(GatewayProblems.TimedOut(url), e) { IsOriginDown = true };
        }
    }

    public void Dispose() => _sender.Dispose();

    private async Task<HttpResponseMessage> FollowAsync(OriginQuestion question, OriginUrl first, ExchangeClock clock)
    {
        OriginUrl url = first;
        OutgoingRequest request = question.ToRequest(first) with { FindTarget = answer => (url = FindTarget(url, answer, question.FollowsAnywhere)).Uri };
        HttpResponseMessage answer = await _sender.SendAsync(request, clock);
        if (question.MayBeAskedByGet(answer.StatusCode))
        {
            answer.Dispose();
            AuthenticationHeaderValue? credentials = Redirects.IsSameServer(first.Uri, url.Uri) ? question.Credentials : null;
            answer = await _sender.SendAsync(request with { Method = HttpMethod.Get, Url = url.Uri, Credentials = credentials }, clock);
        }

        GatewayException? refusal = !question.IsAnsweredBy(answer.StatusCode) ? Refuse(url, (int)answer.StatusCode)
            : BodyLength.FindContradiction(answer) is { } contradiction ? new GatewayException(GatewayProblems.UnclearLength(url, contradiction))
            : null;
        if (refusal is null)
            return answer;
        answer.Dispose();
        throw refusal;
    }

    private static GatewayException Refuse(OriginUrl url, int status) => status is 404 or 410
        ? new GatewayException(GatewayProblems.NotFound(url, status))
        : new GatewayException(GatewayProblems.BadAnswer(url, status)) { IsOriginDown = status >= 500 || status == 429 };

    private OriginUrl FindTarget(OriginUrl url, HttpResponseMessage answer, bool followsAnywhere)
    {
        // As it was sent: the typed property would have parsed it already, in another way.
        string location = answer.Headers.NonValidated.TryGetValues("Location", out HeaderStringValues values) && values.Count == 1 ? values.ToString() : "";
        if (!url.TryFollow(location, out OriginUrl? target, out string? problem))
            throw new GatewayException(GatewayProblems.RedirectRefused(url, problem));
        return policy.FindRedirectProblem(url, target, followsAnywhere) is { } refusal
            ? throw new GatewayException(GatewayProblems.RedirectRefused(url, refusal))
            : target;
    }
}
