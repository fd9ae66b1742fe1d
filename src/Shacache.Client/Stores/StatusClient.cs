using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Core.Stores;

namespace Shacache.Client.Stores;

/// <summary>Asks a server how it is doing, on its own machine or with an account that may administer.</summary>
/// <remarks>Throws as <see cref="AccountAdministration"/> does. Safe for concurrent use.</remarks>
public sealed class StatusClient : IDisposable
{
    private readonly AccountConnection _connection;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public StatusClient(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _connection = new AccountConnection(server, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Asks.</summary>
    /// <exception cref="NetworkCacheException">There is no answer, or a refusal.</exception>
    public Task<StatusDocument> ReadAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync("store/status", StatusDocuments.Default.StatusDocument, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();
}
