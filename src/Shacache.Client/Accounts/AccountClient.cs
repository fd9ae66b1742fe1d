using System.Net;
using Shacache.Client.Errors;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Client.Accounts;

/// <summary>The account of an uploader: requests it, fetches its certificate, renews it (docs/client-library.md).</summary>
/// <remarks>Every wait has a timeout; requests that fail temporarily are repeated with growing pauses. Safe for concurrent use.</remarks>
public sealed class AccountClient : IDisposable
{
    private readonly AccountConnection _connection;

    /// <summary>Creates a client. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public AccountClient(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _connection = new AccountConnection(server, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Asks for an account. No credential is needed; the operator decides. Repeating it for the same key is harmless.</summary>
    /// <param name="requestPem">The request, from <see cref="AccountKey.CreateRequest"/>; its name is the name of the account.</param>
    /// <param name="cancellationToken">Stops; the request may have arrived or not.</param>
    /// <exception cref="NetworkCacheRefusedException">The server refuses it: malformed, the key has a certificate already (409), no accounts here (404).</exception>
    /// <exception cref="NetworkCacheUnavailableException">No answer, or too many requests wait there.</exception>
    /// <exception cref="NetworkCacheConfigurationException">A TLS file cannot be used.</exception>
    public Task<ReceiptDocument> RequestAsync(string requestPem, CancellationToken cancellationToken = default) =>
        _connection.RequestAsync(requestPem, cancellationToken);

    /// <summary>Fetches the certificate that a request has led to. No credential is needed: a certificate is not a secret.</summary>
    /// <param name="keyFingerprint">Of the public key, see <see cref="AccountKey.Fingerprint"/>.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The newest certificate of the key, PEM; null while the request waits for the operator.</returns>
    /// <exception cref="NetworkCacheRefusedException">The server knows no request with this key, or it was rejected (404).</exception>
    /// <exception cref="NetworkCacheUnavailableException">No answer.</exception>
    /// <exception cref="NetworkCacheConfigurationException">A TLS file cannot be used.</exception>
    public Task<string?> FetchCertificateAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyFingerprint);
        return _connection.FetchCertificateAsync(keyFingerprint, cancellationToken);
    }

    /// <summary>Renews the certificate by which this client is known, while it is valid.</summary>
    /// <param name="requestPem">A request with the key of the new certificate: the old one's, or another.</param>
    /// <param name="cancellationToken">Stops; a certificate may have been issued, which can be fetched by its key.</param>
    /// <returns>The new certificate, PEM. The old one stays valid until it expires.</returns>
    /// <exception cref="NetworkCacheRefusedException">The certificate is not accepted (401), or the request is malformed (400).</exception>
    /// <exception cref="NetworkCacheUnavailableException">No answer.</exception>
    /// <exception cref="NetworkCacheConfigurationException">A TLS file cannot be used.</exception>
    public async Task<string> RenewAsync(string requestPem, CancellationToken cancellationToken = default) =>
        (await _connection.AskAsync(HttpMethod.Post, "account/renew", requestPem, [HttpStatusCode.OK], cancellationToken).ConfigureAwait(false)).Body;

    /// <summary>The account that the server recognises this client as, and its rights.</summary>
    /// <exception cref="NetworkCacheRefusedException">The credential is not accepted (401); the message has the server's reason.</exception>
    /// <exception cref="NetworkCacheUnavailableException">No answer.</exception>
    /// <exception cref="NetworkCacheConfigurationException">A TLS file cannot be used.</exception>
    public Task<CallerDocument> WhoAmIAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync("account", AccountDocuments.Default.CallerDocument, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();
}
