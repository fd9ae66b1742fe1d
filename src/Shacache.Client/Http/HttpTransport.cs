using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Urls;
using Shacache.Protocol;

namespace Shacache.Client.Http;

/// <summary>Sends requests to the servers of one surface: proxy, TLS, redirects, and what a failure means.</summary>
internal sealed class HttpTransport : IDisposable
{
    private readonly NetworkCacheOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly HashSet<string> _ownHosts;
    private readonly bool _hasCertificate;
    private readonly string? _socketPath;
    private readonly ServerCredentials _credentials;
    private readonly HttpMessageInvoker _public;
    private readonly Lazy<HttpMessageInvoker> _own;

    /// <param name="options">Time-outs, proxy, limits.</param>
    /// <param name="tls">Credentials and CA of the upload servers.</param>
    /// <param name="surface">The beginning of the TLS options' names.</param>
    /// <param name="uploadServers">The servers whose hosts get those credentials.</param>
    /// <param name="timeProvider">The clock of the time-outs.</param>
    /// <param name="socketPath">The Unix socket that every request goes to, whatever its URL says; null for the network.</param>
    public HttpTransport(
        NetworkCacheOptions options, TlsFiles tls, string surface, IEnumerable<CacheUrl> uploadServers, TimeProvider timeProvider,
        string? socketPath = null)
    {
        _options = options;
        _timeProvider = timeProvider;
        _socketPath = socketPath;
        uploadServers = [.. uploadServers];
        _credentials = new ServerCredentials(options.UploadTokenFile, uploadServers);
        _ownHosts = new HashSet<string>(uploadServers.Select(server => server.Uri.Host), StringComparer.OrdinalIgnoreCase);
        _hasCertificate = tls.CertificateFile is not null;
        _public = CreateInvoker(TlsSettings.CreateForClient());
        _own = new Lazy<HttpMessageInvoker>(() => CreateInvoker(TlsIdentity.Load(tls, surface)));
    }

    /// <summary>Starts the clock of one attempt.</summary>
    public TransferClock StartClock(CancellationToken cancellationToken) =>
        new(new TransferPace(_options.MinBytesPerSecond, _options.StallTimeout, _timeProvider), _timeProvider, cancellationToken);

    /// <summary>Sends a request and waits for the head of the answer, redirects followed. The body is not read.</summary>
    /// <exception cref="RequestFailure">There is no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(CacheRequest request, TransferClock clock)
    {
        Uri url = request.Url;
        AuthenticationHeaderValue? credentials = _credentials.Find(request.Server);
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage response = await SendOnceAsync(request, url, credentials, clock).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.ExpectationFailed && request.ExpectContinue)
            {
                // The server, or something before it, cannot be asked first (RFC 9110, section 15.5.18).
                response.Dispose();
                request = request with { ExpectContinue = false };
                response = await SendOnceAsync(request, url, credentials, clock).ConfigureAwait(false);
            }

            if (FindRedirect(request, url, response) is not { } next)
                return response;
            response.Dispose();
            if (redirects == _options.MaxRedirects)
                throw new RequestFailure(FailureKind.Unusable, $"{request}: redirected more than {_options.MaxRedirects} times");
            bool secret = credentials is not null || (_hasCertificate && _ownHosts.Contains(url.Host));
            if ((secret || request.KeepsTls) && Redirects.LeavesTls(url, next))
            {
                string reason = secret ? "which is not followed with credentials" : "where anybody on the way could answer: it is not followed";
                throw new RequestFailure(FailureKind.Unusable, $"{request}: the server redirects from https to http ({Show(next)}), {reason}");
            }

            // A password is for the server it was configured for, and no other.
            if (!Redirects.IsSameServer(url, next))
                credentials = null;
            url = next;
        }
    }

    /// <summary>Reads the server's own line about a refusal, as far as it comes.</summary>
    public async Task<RequestFailure> ReadFailureAsync(CacheRequest request, HttpResponseMessage response, TransferClock clock)
    {
        string line = "";
        if (response.Content.Headers.ContentType?.MediaType == "text/plain")
        {
            clock.Wait(_options.StallTimeout, "rest of the answer");
            line = await ErrorText.ReadAsync(response, clock.Token).ConfigureAwait(false);
        }

        return AnswerFailure.From(request, response, line, _timeProvider.GetUtcNow());
    }

    /// <summary>What a failure while a body is transferred means.</summary>
    public static RequestFailure Explain(CacheRequest request, Exception e, TransferClock clock, string during = "")
    {
        if (clock.ExplainTimeout() is { } timeout)
            return new RequestFailure(FailureKind.Transient, $"{request}{during}: {timeout}", e);
        if (e is OperationCanceledException)
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

    public void Dispose()
    {
        _public.Dispose();
        if (_own.IsValueCreated)
            _own.Value.Dispose();
    }

    private async Task<HttpResponseMessage> SendOnceAsync(CacheRequest request, Uri url, AuthenticationHeaderValue? credentials, TransferClock clock)
    {
        HttpMessageInvoker invoker = url.Scheme == Uri.UriSchemeHttps && _ownHosts.Contains(url.Host) ? _own.Value : _public;
        using HttpRequestMessage message = request.ToMessage(url, credentials, clock);
        clock.Wait(_options.ConnectTimeout + _options.FirstByteTimeout, "answer");
        try
        {
            return await invoker.SendAsync(message, clock.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !clock.IsCancelledByCaller))
        {
            throw Explain(request, e, clock);
        }
    }

    private static Uri? FindRedirect(CacheRequest request, Uri url, HttpResponseMessage response)
    {
        // 301 to 303 turn an upload into a GET: those are shown to the user instead of followed.
        bool follow = response.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect ||
            (request.Body is null && response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther);
        if (!follow || response.Headers.Location is not { } location)
            return null;
        if (!ExactUrl.TryFollow(url, location.OriginalString, out Uri? next))
        {
            response.Dispose();
            throw new RequestFailure(FailureKind.Unusable, $"{request}: the server redirects to something that is no URL");
        }

        if (next.Scheme == Uri.UriSchemeHttp || next.Scheme == Uri.UriSchemeHttps)
            return next;
        response.Dispose();
        throw new RequestFailure(FailureKind.Unusable, $"{request}: the server redirects to {OneLine.Of(next.Scheme)}, which is neither http nor https");
    }

    private static string Show(Uri url) => OneLine.Of(UrlSecrets.Redact(url.AbsoluteUri.Split('?')[0]));

    private HttpMessageInvoker CreateInvoker(SslClientAuthenticationOptions tls)
    {
        SocketsHttpHandler handler = HttpConnections.CreateHandler(tls, _options.ConnectTimeout, TimeSpan.FromMinutes(10));
        if (_socketPath is not null)
        {
            handler.ConnectCallback = ConnectAsync;
        }
        else
        {
            handler.UseProxy = true;
            handler.Proxy = _options.Proxy ?? new EnvironmentProxy(Environment.GetEnvironmentVariable);
        }

        return new HttpMessageInvoker(handler);
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath!), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
