using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Shacache.Client.Errors;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Client.Accounts;

/// <summary>Administration of accounts by an operator, on the server's own machine or with an account that may administer.</summary>
/// <remarks>
/// Changes are sent once, never repeated. Every method throws <see cref="NetworkCacheRefusedException"/> when the server refuses it
/// (401: credential not accepted; 403: may not administer), <see cref="NetworkCacheUnavailableException"/> when there is no answer, and
/// <see cref="NetworkCacheConfigurationException"/> when a TLS file cannot be used. Safe for concurrent use.
/// </remarks>
public sealed class AccountAdministration : IDisposable
{
    private const int PageLines = 500;

    private readonly AccountConnection _connection;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public AccountAdministration(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _connection = new AccountConnection(server, timeProvider ?? TimeProvider.System);
    }

    /// <summary>The requests that wait, oldest first.</summary>
    public async Task<IReadOnlyList<RequestDocument>> ListRequestsAsync(CancellationToken cancellationToken = default) =>
        (await _connection.GetAsync("admin/requests", AccountDocuments.Default.RequestListDocument, cancellationToken).ConfigureAwait(false)).Requests;

    /// <summary>Approves a request: from now on there is the account, and its certificate can be fetched.</summary>
    /// <param name="keyFingerprint">Names the request.</param>
    /// <param name="approval">Name, rights, validity.</param>
    /// <param name="cancellationToken">Stops; it may have been approved or not.</param>
    public async Task<AccountDocument> ApproveAsync(
        Fingerprint keyFingerprint, ApprovalDocument approval, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyFingerprint);
        AccountAnswer answer = await _connection.ChangeAsync(
            HttpMethod.Post, $"admin/requests/{keyFingerprint.Value}/approve", approval, AccountDocuments.Default.ApprovalDocument,
            [HttpStatusCode.Created], cancellationToken).ConfigureAwait(false);
        return answer.Read(AccountDocuments.Default.AccountDocument);
    }

    /// <summary>Rejects a request. Its key may ask again.</summary>
    public Task RejectAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyFingerprint);
        return _connection.ChangeAsync($"admin/requests/{keyFingerprint.Value}/reject", [HttpStatusCode.NoContent], cancellationToken);
    }

    /// <summary>Submits a request that the operator received by other means, as <see cref="AccountClient.RequestAsync"/> does.</summary>
    public Task<ReceiptDocument> RequestAsync(string requestPem, CancellationToken cancellationToken = default) =>
        _connection.RequestAsync(requestPem, cancellationToken);

    /// <summary>The newest certificate of a key, PEM, as <see cref="AccountClient.FetchCertificateAsync"/> gives it.</summary>
    /// <returns>Null while its request waits.</returns>
    public Task<string?> FetchCertificateAsync(Fingerprint keyFingerprint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyFingerprint);
        return _connection.FetchCertificateAsync(keyFingerprint, cancellationToken);
    }

    /// <summary>All accounts by name, revoked ones too.</summary>
    public async Task<IReadOnlyList<AccountDocument>> ListAccountsAsync(CancellationToken cancellationToken = default) =>
        (await _connection.GetAsync("admin/accounts", AccountDocuments.Default.AccountListDocument, cancellationToken).ConfigureAwait(false)).Accounts;

    /// <summary>One account; null when there is none of this name.</summary>
    public async Task<AccountDocument?> FindAccountAsync(AccountName name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        AccountAnswer answer = await _connection.AskAsync(
            HttpMethod.Get, $"admin/accounts/{name}", null, [HttpStatusCode.OK, HttpStatusCode.NotFound], cancellationToken).ConfigureAwait(false);
        return answer.Status == HttpStatusCode.OK ? answer.Read(AccountDocuments.Default.AccountDocument) : null;
    }

    /// <summary>Gives an account these rights and no others; makes the account when there is none.</summary>
    public async Task<AccountDocument> SetRightsAsync(AccountName name, RightsDocument rights, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        AccountAnswer answer = await _connection.ChangeAsync(
            HttpMethod.Put, $"admin/accounts/{name}/rights", rights, AccountDocuments.Default.RightsDocument,
            [HttpStatusCode.OK, HttpStatusCode.Created], cancellationToken).ConfigureAwait(false);
        return answer.Read(AccountDocuments.Default.AccountDocument);
    }

    /// <summary>Revokes an account with its certificates and tokens, from the next request on. An account that does not exist is created, revoked.</summary>
    /// <returns>Whether there was an account of this name before.</returns>
    public async Task<bool> RevokeAsync(AccountName name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        AccountAnswer answer = await _connection.ChangeAsync(
            $"admin/accounts/{name}/revoke", [HttpStatusCode.OK, HttpStatusCode.Created], cancellationToken).ConfigureAwait(false);
        return answer.Status == HttpStatusCode.OK;
    }

    /// <summary>Revokes one certificate; its account stays.</summary>
    /// <param name="fingerprint">Of the certificate.</param>
    /// <param name="cancellationToken">Stops; it may have been revoked or not.</param>
    public Task RevokeCertificateAsync(Fingerprint fingerprint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        return _connection.ChangeAsync($"admin/certificates/{fingerprint.Value}/revoke", [HttpStatusCode.NoContent], cancellationToken);
    }

    /// <summary>Makes a token of an account. Its secret is in this answer only.</summary>
    public async Task<NewTokenDocument> AddTokenAsync(AccountName name, int days, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        AccountAnswer answer = await _connection.ChangeAsync(
            HttpMethod.Post, $"admin/accounts/{name}/tokens", new TokenOrderDocument(days), AccountDocuments.Default.TokenOrderDocument,
            [HttpStatusCode.Created], cancellationToken).ConfigureAwait(false);
        return answer.Read(AccountDocuments.Default.NewTokenDocument);
    }

    /// <summary>Revokes one token; its account stays.</summary>
    public Task RevokeTokenAsync(string id, CancellationToken cancellationToken = default) =>
        _connection.ChangeAsync($"admin/tokens/{Uri.EscapeDataString(id)}/revoke", [HttpStatusCode.NoContent], cancellationToken);

    /// <summary>Reads the audit log in pages, as far as the caller enumerates.</summary>
    public async IAsyncEnumerable<AuditLineDocument> ReadLogAsync(
        AuditQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        string filter = FilterOf(query);
        long? beyond = query.Beyond;
        do
        {
            string place = beyond is { } position ? $"&beyond={position.ToString(CultureInfo.InvariantCulture)}" : "";
            AuditPageDocument page = await _connection.GetAsync(
                $"admin/log?limit={PageLines}{filter}{place}", AccountDocuments.Default.AuditPageDocument, cancellationToken).ConfigureAwait(false);
            foreach (AuditLineDocument line in page.Lines)
                yield return line;
            beyond = page.Beyond;
        }
        while (beyond is not null);
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static string FilterOf(AuditQuery query)
    {
        (string Name, string? Value)[] members =
        [
            ("order", query.NewestFirst ? "newest" : "oldest"),
            ("actor", query.Actor),
            ("subject", query.Subject),
            ("action", query.Action is { } action ? AuditWords.WordFor(action) : null),
            ("since", query.Since?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
            ("before", query.Before?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
        ];
        return string.Concat(members.Where(member => member.Value is not null).Select(member => $"&{member.Name}={Uri.EscapeDataString(member.Value!)}"));
    }
}
