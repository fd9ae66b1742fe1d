using System.Globalization;
using System.Net;
using System.Text.Json;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Client.Stores;

/// <summary>Looks after the stores of a server for an operator: comparison with the digests, check, backup.</summary>
/// <remarks>
/// Every method throws <see cref="NetworkCacheRefusedException"/> when the server refuses it, <see cref="NetworkCacheUnavailableException"/> when there
/// is no answer, and <see cref="NetworkCacheConfigurationException"/> when a TLS file cannot be used. Safe for concurrent use.
/// </remarks>
public sealed class RepairAdministration : IDisposable
{
    private readonly AccountConnection _connection;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public RepairAdministration(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _connection = new AccountConnection(server, timeProvider ?? TimeProvider.System);
    }

    /// <summary>How the scrub stands.</summary>
    public Task<ScrubStateDocument> DescribeScrubAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync("store/scrub", RepairDocuments.Default.ScrubStateDocument, cancellationToken);

    /// <summary>Compares one object, or all, with their digests; returns when that is done.</summary>
    /// <param name="digest">The object; null for all.</param>
    /// <param name="bytesPerSecond">How fast; null for as fast as it goes.</param>
    /// <param name="onProgress">Told each second how far it is.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<ScrubReportDocument> ScrubAsync(
        Digest? digest, long? bytesPerSecond, Action<RepairProgressDocument> onProgress, CancellationToken cancellationToken = default)
    {
        string query = $"{(digest is { } one ? $"sha512={one}" : "")}{(bytesPerSecond is { } rate ? $"&rate={rate.ToString(CultureInfo.InvariantCulture)}" : "")}";
        return (await RunAsync($"store/scrub?{query}", onProgress, cancellationToken).ConfigureAwait(false)).Scrub ?? throw Incomplete();
    }

    /// <summary>Compares the database, the index and the files of a server with each other.</summary>
    public async Task<CheckReportDocument> CheckAsync(Action<RepairProgressDocument> onProgress, CancellationToken cancellationToken = default) =>
        (await RunAsync("store/check", onProgress, cancellationToken).ConfigureAwait(false)).Check ?? throw Incomplete();

    /// <summary>Makes a backup on the server's own machine, or brings one up to date.</summary>
    /// <param name="folder">The whole path of the folder.</param>
    /// <param name="isLinked">Whether content is linked instead of copied.</param>
    /// <param name="onProgress">Told each second how far it is.</param>
    /// <param name="cancellationToken">Stops; the backup before is as it was.</param>
    public async Task<BackupReportDocument> BackupAsync(
        string folder, bool isLinked, Action<RepairProgressDocument> onProgress, CancellationToken cancellationToken = default) =>
        (await RunAsync($"store/backup?to={Uri.EscapeDataString(folder)}&link={(isLinked ? "true" : "false")}", onProgress, cancellationToken).ConfigureAwait(false))
            .Backup ?? throw Incomplete();

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static NetworkCacheUnavailableException Incomplete() => new("The answer ended before it said what it came to. Look at the server's log, and try again.");

    private async Task<RepairLineDocument> RunAsync(string path, Action<RepairProgressDocument> onProgress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onProgress);
        RepairLineDocument? last = null;
        await _connection.StreamAsync(
            path,
            text =>
            {
                last = Read(text);
                if (last.Progress is { } progress)
                    onProgress(progress);
            },
            cancellationToken).ConfigureAwait(false);
        return last switch
        {
            null or { Progress: not null } => throw Incomplete(),
            { Problem: { } problem } => throw new NetworkCacheRefusedException(OneLine.Of(problem), HttpStatusCode.Conflict),
            _ => last,
        };
    }

    private static RepairLineDocument Read(string line)
    {
        try
        {
            if (JsonSerializer.Deserialize(line, RepairDocuments.Default.RepairLineDocument) is { } document)
                return document;
        }
        catch (JsonException e)
        {
            throw NotUnderstood(e);
        }

        throw NotUnderstood(null);
    }

    private static NetworkCacheUnavailableException NotUnderstood(Exception? cause) =>
        new("The answer is not understood. Check that the URL is that of a cache of this version.", cause);
}
