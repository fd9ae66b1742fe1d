using System.Net;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Core.Upstreams;

namespace Shacache.Client.Mirrors;

/// <summary>Administration of a cache's upstreams by an operator, on the server's own machine or with an account that may administer.</summary>
/// <remarks>
/// Every method throws <see cref="NetworkCacheRefusedException"/> when the server refuses it, <see cref="NetworkCacheUnavailableException"/> when there
/// is no answer, and <see cref="NetworkCacheConfigurationException"/> when a TLS file cannot be used. Safe for concurrent use.
/// </remarks>
public sealed class MirrorAdministration : IDisposable
{
    /// <summary>How long a refresh of every key may take.</summary>
    private static readonly TimeSpan RefreshTimeout = TimeSpan.FromDays(1);

    private readonly AccountConnection _connection;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public MirrorAdministration(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _connection = new AccountConnection(server with { Limits = server.Limits with { StallTimeout = RefreshTimeout } }, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Lets the server ask its upstreams again for every key that they have listed.</summary>
    public async Task<RefreshDocument> RefreshAsync(CancellationToken cancellationToken = default) =>
        (await _connection.ChangeAsync("shacache/update", [HttpStatusCode.OK], cancellationToken).ConfigureAwait(false)).Read(MirrorDocuments.Default.RefreshDocument);

    /// <summary>What waits to be sent to upstreams, and what they refused.</summary>
    public Task<ForwardReportDocument> ReadQueueAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync("mirror/queue", MirrorDocuments.Default.ForwardReportDocument, cancellationToken);

    /// <summary>Sends again at once what was refused or failed.</summary>
    /// <returns>How much that is.</returns>
    public Task<int> RetryQueueAsync(CancellationToken cancellationToken = default) => ChangeAsync("mirror/queue/retry", cancellationToken);

    /// <summary>Drops from the queue what was refused.</summary>
    /// <returns>How much that was.</returns>
    public Task<int> DropRefusedAsync(CancellationToken cancellationToken = default) => ChangeAsync("mirror/queue/drop", cancellationToken);

    /// <summary>Lets the server forget which file belongs to a URL: what its gateway noted, what clients listed, and what it knows from upstreams.</summary>
    /// <remarks>The content itself is kept as long as other unused content. Upstreams still list what they list.</remarks>
    /// <param name="url">The URL, as it was fetched.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How much there was; 0 when nothing was known about it.</returns>
    public async Task<int> ForgetAsync(string url, CancellationToken cancellationToken = default) =>
        (await _connection.ChangeAsync($"mirror/forget?url={Uri.EscapeDataString(url)}", [HttpStatusCode.OK], cancellationToken).ConfigureAwait(false))
            .Read(MirrorDocuments.Default.ForgottenDocument).Count;

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async Task<int> ChangeAsync(string path, CancellationToken cancellationToken) =>
        (await _connection.ChangeAsync(path, [HttpStatusCode.OK], cancellationToken).ConfigureAwait(false)).Read(MirrorDocuments.Default.ForwardChangeDocument).Count;
}
