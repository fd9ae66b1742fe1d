using System.Net.Security;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams;

/// <summary>Sends requests to one upstream and to where it redirects. Credentials stay with the upstream.</summary>
internal sealed class UpstreamClient(UpstreamOptions options) : IDisposable
{
    private readonly HttpMessageInvoker _own = Create(options, options.Tls ?? TlsSettings.CreateForClient());
    private readonly HttpMessageInvoker _other = Create(options, TlsSettings.CreateForClient());

    /// <summary>Asks, and follows redirects.</summary>
    /// <returns>Whatever it answers in the end; the body is yet to be read.</returns>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    /// <exception cref="RedirectException">It redirects to where nobody goes.</exception>
    public async Task<HttpResponseMessage> SendAsync(UpstreamRequest request, CancellationToken cancellationToken)
    {
        Uri first = request.UrlAt(options);
        Uri url = first;
        for (int redirects = 0; ; redirects++)
        {
            bool isOwn = Redirects.IsSameServer(first, url);
            HttpResponseMessage answer;
            using (HttpRequestMessage message = request.ToMessage(url, options, isOwn))
                answer = await (isOwn ? _own : _other).SendAsync(message, cancellationToken);
            if (!Redirects.IsRedirect(answer.StatusCode))
                return answer;
            using (answer)
            {
                if (redirects == Redirects.Max)
                    throw new RedirectException($"redirects more than {Redirects.Max} times");
                url = FindTarget(url, answer, request, isOwn);
            }
        }
    }

    public void Dispose()
    {
        _own.Dispose();
        _other.Dispose();
    }

    private static HttpMessageInvoker Create(UpstreamOptions options, SslClientAuthenticationOptions tls) =>
        new(HttpConnections.CreateHandler(tls, options.Limits.ConnectTimeout, TimeSpan.FromMinutes(2)));

    private Uri FindTarget(Uri url, HttpResponseMessage answer, UpstreamRequest request, bool isOwn)
    {
        if (answer.Headers.Location is not { } location || !ExactUrl.TryFollow(url, location.OriginalString, out Uri? target))
            throw new RedirectException("redirects to no URL");
        if (target.Scheme != Uri.UriSchemeHttp && target.Scheme != Uri.UriSchemeHttps)
            throw new RedirectException($"redirects to {target.Scheme}, which is neither http nor https");
        bool hadSecret = isOwn && (options.Authorization is not null || options.Tls?.ClientCertificateContext is not null);
        if (!Redirects.LeavesTls(url, target))
            return target;
        if (hadSecret)
            throw new RedirectException("redirects from https to http, which is not followed with credentials");

        // Content is compared with its digest; a listing is kept as what the upstream said.
        return request.Surface == UpstreamSurface.Cache ? target : throw new RedirectException("redirects from https to http, which is not followed for listings");
    }
}
