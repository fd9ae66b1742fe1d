using System.Net;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;

namespace Shacache.Client.Stores;

/// <summary>Asks a server whether it is able to serve (<c>GET /healthz</c>): for monitors. Anybody may ask.</summary>
/// <remarks>Safe for concurrent use.</remarks>
public sealed class HealthClient : IDisposable
{
    private readonly AccountConnection _connection;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server. Its <see cref="AccountServer.Limits"/> say how often it is asked again when it is not able, and how long it is waited for.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public HealthClient(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _connection = new AccountConnection(server, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Asks; returns when the server is able to serve.</summary>
    /// <exception cref="NetworkCacheUnavailableException">There is no answer, or the server says that it is not able to serve, and why.</exception>
    /// <exception cref="NetworkCacheRefusedException">It answers as no server of a cache does.</exception>
    /// <exception cref="NetworkCacheConfigurationException">A TLS file cannot be used.</exception>
    public Task CheckAsync(CancellationToken cancellationToken = default) =>
        _connection.AskAsync(HttpMethod.Get, "healthz", null, [HttpStatusCode.OK], cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();
}
