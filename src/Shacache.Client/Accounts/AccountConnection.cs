using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Protocol;

namespace Shacache.Client.Accounts;

/// <summary>Sends the requests below <c>/account</c> and <c>/admin</c> (docs/protocol.md, "Accounts").</summary>
internal sealed class AccountConnection : IDisposable
{
    /// <summary>More than a thousand accounts with their certificates, or a page of the log, need.</summary>
    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    private const string UrlName = FailureAdvice.AccountServer;

    private readonly AccountServer _server;
    private readonly HttpSender _sender;
    private readonly HttpTransport _transport;
    private readonly Failover _repeating;
    private readonly Failover _once;

    public AccountConnection(AccountServer server, TimeProvider timeProvider)
    {
        _server = server;
        _sender = HttpTransport.CreateSender(server.Limits, server.SocketPath);
        _transport = new HttpTransport(_sender, new ServerCredentials(server.Tls, "", null, [server.Url], []), timeProvider);
        _repeating = new Failover(server.Limits, timeProvider);
        _once = new Failover(server.Limits with { MaxRetries = 0 }, timeProvider);
    }

    /// <summary>Sends an idempotent request, which is repeated when it fails temporarily.</summary>
    /// <returns>Status and body of an answer that is expected.</returns>
    /// <exception cref="NetworkCacheException">There is no answer, or another one.</exception>
    public Task<AccountAnswer> AskAsync(
        HttpMethod method, string path, string? pem, IReadOnlyList<HttpStatusCode> expected, CancellationToken cancellationToken) =>
        SendAsync(_repeating, method, path, pem is null ? null : () => Text(pem, "application/x-pem-file"), expected, cancellationToken);

    /// <summary>Asks for a document.</summary>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        (await AskAsync(HttpMethod.Get, path, null, [HttpStatusCode.OK], cancellationToken).ConfigureAwait(false)).Read(type);

    /// <summary>Sends a change once: a repetition could apply it twice, or report that there is nothing to change.</summary>
    public Task<AccountAnswer> ChangeAsync<T>(
        HttpMethod method, string path, T document, JsonTypeInfo<T> type, IReadOnlyList<HttpStatusCode> expected, CancellationToken cancellationToken) =>
        SendAsync(_once, method, path, () => Text(JsonSerializer.Serialize(document, type), "application/json"), expected, cancellationToken);

    /// <inheritdoc cref="ChangeAsync{T}"/>
    public Task<AccountAnswer> ChangeAsync(string path, IReadOnlyList<HttpStatusCode> expected, CancellationToken cancellationToken) =>
        SendAsync(_once, HttpMethod.Post, path, null, expected, cancellationToken);

    /// <summary>Sends a change once, whose answer comes line by line while it is made.</summary>
    /// <param name="path">The path below the URL of the server.</param>
    /// <param name="onLine">Told of each line.</param>
    /// <param name="cancellationToken">Stops.</param>
    public Task StreamAsync(string path, Action<string> onLine, CancellationToken cancellationToken) => _once.RunAsync(
        [_server.Url], UrlName, null,
        async (server, token) =>
        {
            using ExchangeClock clock = _transport.StartClock(_server.Limits, token);
            var request = new CacheRequest(HttpMethod.Post, server, server.Append(path)) { SocketPath = _server.SocketPath };
            using HttpResponseMessage response = await _transport.SendAsync(request, clock).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
                throw await _transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);
            await BoundedText.ReadLinesAsync(request, response, MaxAnswerBytes, clock, onLine).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Asks for an account.</summary>
    public async Task<ReceiptDocument> RequestAsync(string requestPem, CancellationToken cancellationToken) =>
        (await AskAsync(HttpMethod.Post, "account/request", requestPem, [HttpStatusCode.Accepted], cancellationToken).ConfigureAwait(false))
            .Read(AccountDocuments.Default.ReceiptDocument);

    /// <summary>Fetches the certificate of a key; null while its request waits.</summary>
    public async Task<string?> FetchCertificateAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken)
    {
        AccountAnswer answer = await AskAsync(
            HttpMethod.Get, $"account/certificate/{keyFingerprint.Value}", null, [HttpStatusCode.OK, HttpStatusCode.Accepted], cancellationToken)
            .ConfigureAwait(false);
        return answer.Status == HttpStatusCode.OK ? answer.Body : null;
    }

    public void Dispose() => _sender.Dispose();

    private static StringContent Text(string text, string mediaType) => new(text, Encoding.UTF8, mediaType);

    private async Task<AccountAnswer> SendAsync(
        Failover failover, HttpMethod method, string path, Func<HttpContent>? body, IReadOnlyList<HttpStatusCode> expected,
        CancellationToken cancellationToken) =>
        await failover.RunAsync(
            [_server.Url], UrlName, null,
            async (server, token) =>
            {
                using ExchangeClock clock = _transport.StartClock(_server.Limits, token);
                var request = new CacheRequest(method, server, server.Append(path)) { Body = body is null ? null : _ => body(), SocketPath = _server.SocketPath };
                using HttpResponseMessage response = await _transport.SendAsync(request, clock).ConfigureAwait(false);
                if (!expected.Contains(response.StatusCode))
                    throw await _transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);
                return new AccountAnswer(request.ToString(), response.StatusCode, await ReadAsync(request, response, clock).ConfigureAwait(false));
            },
            cancellationToken).ConfigureAwait(false);

    private static async Task<string> ReadAsync(CacheRequest request, HttpResponseMessage response, ExchangeClock clock)
    {
        // During long work the server sends line feeds: the timeout measures silence, not the duration.
        (ReadOnlyMemory<byte> body, bool isCut) = await BoundedText.ReadSlowlyAsync(request, response, MaxAnswerBytes, clock).ConfigureAwait(false);
        return isCut
            ? throw new RequestFailure(FailureKind.Unusable, $"{request}: the answer is longer than {MaxAnswerBytes} bytes")
            : Encoding.UTF8.GetString(body.Span);
    }
}

/// <summary>An answer of the server with one of the expected statuses.</summary>
/// <param name="Request">What was asked, for messages.</param>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
internal sealed record AccountAnswer(string Request, HttpStatusCode Status, string Body)
{
    /// <summary>Reads the document in the body.</summary>
    /// <exception cref="NetworkCacheUnavailableException">It is not such a document: the server is not shacache, or a much newer one.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
    {
        try
        {
            if (JsonSerializer.Deserialize(Body, type) is { } document)
                return document;
        }
        catch (JsonException e)
        {
            throw NotUnderstood(e);
        }

        throw NotUnderstood(null);
    }

    private NetworkCacheUnavailableException NotUnderstood(JsonException? cause) =>
        new($"{Request}: the answer is not understood ({OneLine.Of(cause?.Message ?? "null")}). Check that the URL is that of a cache with accounts.", cause);
}
