using System.Globalization;
using System.Runtime.CompilerServices;
using Shacache.Client.Accounts;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;

namespace Shacache.Client.Mirrors;

/// <summary>Lists the keys of a server, or of its upstreams (docs/protocol.md, "Listing keys").</summary>
/// <remarks>
/// The server's setting <c>key-listing</c> decides who may. Requests that fail temporarily are repeated. Every method throws
/// <see cref="NetworkCacheRefusedException"/> when the server refuses it, and <see cref="NetworkCacheUnavailableException"/> when there is no answer,
/// or no list of keys. Safe for concurrent use.
/// </remarks>
public sealed class KeyListing : IDisposable
{
    private const string AllUpstreams = "*";

    private readonly AccountServer _server;
    private readonly AccountConnection _connection;
    private readonly string _path = "mirror/keys";

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public KeyListing(AccountServer server, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        _server = server;
        _connection = new AccountConnection(server, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Creates one for the first directory that is downloaded from, which is known only by its URL.</summary>
    /// <param name="options">Its servers, and <c>shadir-</c> certificate; the upload token goes along when entries are uploaded to the same URL.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    /// <exception cref="NetworkCacheConfigurationException">No directory is configured, or the token cannot be read.</exception>
    public static KeyListing OfDirectory(NetworkCacheOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Failover.EnsureConfigured(options.Servers.DownloadDirectory, "download-dir-url");
        CacheUrl directory = options.Servers.DownloadDirectory[0];
        bool isOurs = options.UploadTokenFile is not null && options.Servers.UploadDirectory.Any(server => server.Uri == directory.Uri);
        if (isOurs && !directory.HasCredentials)
            directory = directory.WithToken(BearerToken.Read(options.UploadTokenFile!, BearerToken.FileOption).Parameter!);
        return new KeyListing(AccountServer.At(directory) with { Tls = options.DirectoryTls, Limits = options }, timeProvider, path: "");
    }

    private KeyListing(AccountServer server, TimeProvider? timeProvider, string path)
        : this(server, timeProvider) => _path = path;

    /// <summary>The keys under which the server itself has entries, put there or learned from its upstreams.</summary>
    /// <param name="prefix">How they begin; empty for all.</param>
    /// <param name="since">Only those under which something was added, or learned from an upstream, then or later; null for any time.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Each once, in the order of their bytes, fetched page by page.</returns>
    public IAsyncEnumerable<EntryKey> ListAsync(string prefix = "", DateTimeOffset? since = null, CancellationToken cancellationToken = default) =>
        WalkAsync(prefix, since, upstream: null, null, cancellationToken);

    /// <summary>The keys that the server's upstreams have. The server asks them, with the credentials that it has there.</summary>
    /// <param name="upstream">The name of the one to ask; null for all that are not peers.</param>
    /// <param name="prefix">How they begin; empty for all.</param>
    /// <param name="since">Only those under which something was added there then or later; null for any time.</param>
    /// <param name="onProblem">Called once with the reason why the keys of one of several upstreams are missing.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Each once, in the order of their bytes, fetched page by page.</returns>
    public IAsyncEnumerable<EntryKey> ListUpstreamAsync(
        string? upstream = null, string prefix = "", DateTimeOffset? since = null, Action<string>? onProblem = null, CancellationToken cancellationToken = default) =>
        WalkAsync(prefix, since, upstream ?? AllUpstreams, onProblem, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async IAsyncEnumerable<EntryKey> WalkAsync(
        string prefix, DateTimeOffset? since, string? upstream, Action<string>? onProblem, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        string path = $"{_path}?prefix={Uri.EscapeDataString(prefix)}";
        if (since is { } time)
            path += $"&since={time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}";
        if (upstream is not null)
            path += $"&upstream={Uri.EscapeDataString(upstream)}";
        HashSet<string> problems = [];
        EntryKey? after = null;
        do
        {
            string page = after is null ? path : $"{path}&after={after.ToPathSegment()}";
            KeyPageDocument document = await _connection.GetAsync(page, MirrorDocuments.Default.KeyPageDocument, cancellationToken).ConfigureAwait(false);
            foreach (string problem in (document.Problems ?? []).Where(problems.Add))
                onProblem?.Invoke(OneLine.Of(problem));
            foreach (string key in document.Keys ?? throw NotUnderstood("it has no keys"))
                yield return Parse(key);
            EntryKey? next = document.Next is null ? null : Parse(document.Next);
            if (next is not null && KeyOrder.Instance.Compare(next, after) <= 0)
                throw NotUnderstood("its pages do not go on");
            after = next;
        }
        while (after is not null);
    }

    private EntryKey Parse(string text) => EntryKey.TryCreate(text, out EntryKey? key, out string? problem) ? key : throw NotUnderstood(problem);

    private NetworkCacheUnavailableException NotUnderstood(string problem) => new($"{_server.Url}: the list of keys is not understood: {OneLine.Of(problem)}");
}
