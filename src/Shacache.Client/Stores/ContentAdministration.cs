using System.Net;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Core.Retention;

namespace Shacache.Client.Stores;

/// <summary>Keeps, refuses and removes content of a cache, for an operator on the server's own machine or with an account that may administer.</summary>
/// <remarks>
/// Every method throws <see cref="NetworkCacheRefusedException"/> when the server refuses it, <see cref="NetworkCacheUnavailableException"/> when there
/// is no answer, and <see cref="NetworkCacheConfigurationException"/> when a TLS file cannot be used. Safe for concurrent use.
/// </remarks>
public sealed class ContentAdministration : IDisposable
{
    private readonly AccountConnection _connection;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public ContentAdministration(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _connection = new AccountConnection(server, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Removes an object, or the entries of a key. Durable when it returns.</summary>
    public async Task<RemovalDocument> RemoveAsync(RemovalOrderDocument order, CancellationToken cancellationToken = default) =>
        (await _connection.ChangeAsync(HttpMethod.Post, "store/remove", order, RetentionDocuments.Default.RemovalOrderDocument, [HttpStatusCode.OK], cancellationToken)
            .ConfigureAwait(false)).Read(RetentionDocuments.Default.RemovalDocument);

    /// <summary>Pins an object, or what is under a key.</summary>
    public Task PinAsync(RuleOrderDocument order, CancellationToken cancellationToken = default) => ChangeRuleAsync("store/pin", order, cancellationToken);

    /// <summary>Takes a pin back.</summary>
    /// <exception cref="NetworkCacheRefusedException">With status 404: there is none.</exception>
    public Task UnpinAsync(RuleOrderDocument order, CancellationToken cancellationToken = default) => ChangeRuleAsync("store/unpin", order, cancellationToken);

    /// <summary>Blocks an object or a key: it is refused, and not shown. Nothing is removed.</summary>
    public Task BlockAsync(RuleOrderDocument order, CancellationToken cancellationToken = default) => ChangeRuleAsync("store/block", order, cancellationToken);

    /// <summary>Takes a block back.</summary>
    /// <exception cref="NetworkCacheRefusedException">With status 404: there is none.</exception>
    public Task UnblockAsync(RuleOrderDocument order, CancellationToken cancellationToken = default) => ChangeRuleAsync("store/unblock", order, cancellationToken);

    /// <summary>The pins in force, oldest first.</summary>
    public Task<RuleListDocument> ListPinsAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync("store/pins", RetentionDocuments.Default.RuleListDocument, cancellationToken);

    /// <summary>The blocks, oldest first.</summary>
    public Task<RuleListDocument> ListBlocksAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync("store/blocked", RetentionDocuments.Default.RuleListDocument, cancellationToken);

    /// <summary>Removes what is of no use any more, or counts it.</summary>
    public async Task<CleanUpDocument> CleanUpAsync(CleanUpOrderDocument order, CancellationToken cancellationToken = default) =>
        (await _connection.ChangeAsync(HttpMethod.Post, "store/gc", order, RetentionDocuments.Default.CleanUpOrderDocument, [HttpStatusCode.OK], cancellationToken)
            .ConfigureAwait(false)).Read(RetentionDocuments.Default.CleanUpDocument);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async Task ChangeRuleAsync(string path, RuleOrderDocument order, CancellationToken cancellationToken) => await _connection.ChangeAsync(
        HttpMethod.Post, path, order, RetentionDocuments.Default.RuleOrderDocument, [HttpStatusCode.NoContent], cancellationToken).ConfigureAwait(false);
}
