using System.Net;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Core.Upstreams;

namespace Shacache.Client.Remotes;

/// <summary>Administration of the package indexes that a server serves, by an operator, on the server's own machine or with an account that may administer.</summary>
/// <remarks>
/// Every method throws <see cref="NetworkCacheRefusedException"/> when the server refuses it, <see cref="NetworkCacheUnavailableException"/> when there
/// is no answer, and <see cref="NetworkCacheConfigurationException"/> when a TLS file cannot be used. Safe for concurrent use.
/// </remarks>
public sealed class RemoteAdministration : IDisposable
{
    private readonly AccountConnection _connection;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public RemoteAdministration(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _connection = new AccountConnection(server, timeProvider ?? TimeProvider.System);
    }

    /// <summary>The remotes of the server.</summary>
    public Task<RemoteListDocument> ListAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync("mirror/remotes", RemoteDocuments.Default.RemoteListDocument, cancellationToken);

    /// <summary>Lets the server ask each origin of each remote whether it is there.</summary>
    public async Task<RemoteCheckDocument> CheckAsync(CancellationToken cancellationToken = default) =>
        (await _connection.ChangeAsync("mirror/remotes/check", [HttpStatusCode.OK], cancellationToken).ConfigureAwait(false)).Read(RemoteDocuments.Default.RemoteCheckDocument);

    /// <summary>Lets the server forget a page of an index, a file, or a package with all of its pages and files.</summary>
    /// <remarks>The content itself is kept as long as other unused content.</remarks>
    /// <param name="subject">A URL, of an origin or of this server; or <c>TYPE:NAME</c>, or <c>TYPE:NAME=VERSION</c>.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How much there was; 0 when nothing was known about it.</returns>
    public async Task<int> ForgetAsync(string subject, CancellationToken cancellationToken = default) =>
        (await _connection.ChangeAsync($"mirror/remotes/forget?subject={Uri.EscapeDataString(subject)}", [HttpStatusCode.OK], cancellationToken).ConfigureAwait(false))
            .Read(MirrorDocuments.Default.ForgottenDocument).Count;

    /// <summary>Lets the server fetch a package or a file, with the pages that its installation needs. What it has is not fetched again. No content comes here.</summary>
    /// <param name="order">What.</param>
    /// <param name="cancellationToken">Stops. What the server is in the middle of, it may finish.</param>
    public async Task<RemoteFetchDocument> FetchAsync(RemoteOrderDocument order, CancellationToken cancellationToken = default) =>
        (await _connection.ChangeAsync(HttpMethod.Post, "mirror/remotes/fetch", order, RemoteDocuments.Default.RemoteOrderDocument, [HttpStatusCode.OK], cancellationToken).ConfigureAwait(false))
            .Read(RemoteDocuments.Default.RemoteFetchDocument);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();
}
