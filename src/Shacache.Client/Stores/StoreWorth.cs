using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Core.Savings;

namespace Shacache.Client.Stores;

/// <summary>What a cache saves, and what it is full of, for an operator: on the server's own machine or with an account that may administer.</summary>
/// <remarks>
/// Every method throws <see cref="NetworkCacheRefusedException"/> when the server refuses it, <see cref="NetworkCacheUnavailableException"/> when there
/// is no answer, and <see cref="NetworkCacheConfigurationException"/> when a TLS file cannot be used. Safe for concurrent use.
/// </remarks>
public sealed class StoreWorth : IDisposable
{
    private readonly AccountConnection _connection;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public StoreWorth(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _connection = new AccountConnection(server, timeProvider ?? TimeProvider.System);
    }

    /// <summary>What was saved.</summary>
    /// <param name="by"><c>day</c>, <c>cache</c> or <c>prefix</c>.</param>
    /// <param name="since">The first day; null for 30 days.</param>
    /// <param name="cancellationToken">Stops.</param>
    public Task<SavingsDocument> ReadSavingsAsync(string by, DateOnly? since, CancellationToken cancellationToken = default)
    {
        string from = since is { } day ? $"&since={day.ToString("O", System.Globalization.CultureInfo.InvariantCulture)}" : "";
        return _connection.GetAsync($"store/savings?by={Uri.EscapeDataString(by)}{from}", SavingsDocuments.Default.SavingsDocument, cancellationToken);
    }

    /// <summary>The objects that have most of something. The server looks at every object it knows.</summary>
    /// <param name="by"><c>largest</c>, <c>most-read</c> or <c>never-read</c>.</param>
    /// <param name="limit">How many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Stops.</param>
    public Task<TopObjectsDocument> FindTopObjectsAsync(string by, int limit, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Path(by, limit), SavingsDocuments.Default.TopObjectsDocument, cancellationToken);

    /// <summary>What has most bytes of all that is stored.</summary>
    /// <param name="by"><c>prefix</c> or <c>account</c>.</param>
    /// <param name="limit">How many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Stops.</param>
    public Task<TopGroupsDocument> FindTopGroupsAsync(string by, int limit, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Path(by, limit), SavingsDocuments.Default.TopGroupsDocument, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static string Path(string by, int limit) => $"store/top?by={Uri.EscapeDataString(by)}&limit={limit}";
}
