using System.Net;
using Shacache.Client.Errors;
using Shacache.Core.Signing;
using Shacache.Core.Urls;

namespace Shacache.Client.Configuration;

/// <summary>What a <see cref="NetworkCacheClient"/> needs: servers, keys, limits. Read from slapos.cfg, or set in code.</summary>
/// <remarks>Options of section [networkcache] unless said otherwise (docs/configuration.md). Immutable.</remarks>
public sealed record NetworkCacheOptions
{
    /// <summary>The servers of files: <c>download-cache-url</c> and the three like it.</summary>
    public CacheServers Servers { get; init; } = new();

    /// <summary>The servers of built software: <c>download-binary-cache-url</c> and the three like it.</summary>
    /// <remarks>A node downloads built software only where both download options are set, and uploads only where both upload options are.</remarks>
    public CacheServers BinaryServers
    {
        get;
        init => field = value with { Kind = CacheServers.BinaryKind };
    } = new() { Kind = CacheServers.BinaryKind };

    /// <summary>PEM file of the RSA key that signs entries: <c>signature-private-key-file</c>. Null: entries are not signed.</summary>
    public string? SignaturePrivateKeyFile { get; init; }

    /// <summary>PEM file of that key's certificate: <c>signature-certificate-file</c>.</summary>
    public string? SignatureCertificateFile { get; init; }

    /// <summary>PEM certificates of the keys that are trusted: <c>signature-certificate-list</c>. Null: nothing is trusted.</summary>
    public string? SignatureCertificateList { get; init; }

    /// <summary>Which signatures make an entry trusted: <c>signature-policy</c>, <c>any</c> or <c>strong</c>. Default any, as older clients need.</summary>
    public SignaturePolicy SignaturePolicy { get; init; } = SignaturePolicy.Any;

    /// <summary>What an entry must say about its key: <c>key-binding</c>, <c>provable</c> or <c>strict</c>. Default provable, as older entries need.</summary>
    public KeyBinding KeyBinding { get; init; } = KeyBinding.Provable;

    /// <summary>On which machines built software is installed: <c>platform-match</c>, <c>compatible</c> or <c>exact</c>. Default compatible.</summary>
    public PlatformMatch PlatformMatch { get; init; } = PlatformMatch.Compatible;

    /// <summary>URLs whose content changes: they are neither looked up nor contributed. <c>download-cache-url-blacklist</c>; default none.</summary>
    public UrlPrefixList DownloadCacheUrlBlacklist { get; init; } = UrlPrefixList.Empty;

    /// <summary>
    /// Whether entries may be listed that hold what looks like a credential, which everybody can read then. Default false: they are refused. No option of
    /// a file (docs/security.md, "Credentials in URLs").
    /// </summary>
    public bool AllowCredentialsInEntries { get; init; }

    /// <summary>TLS of the content servers for uploads: <c>shacache-cert-file</c>, <c>shacache-key-file</c>, <c>shacache-ca-file</c>.</summary>
    public TlsFiles CacheTls { get; init; } = new();

    /// <summary>TLS of the directory servers for uploads: <c>shadir-cert-file</c>, <c>shadir-key-file</c>, <c>shadir-ca-file</c>.</summary>
    public TlsFiles DirectoryTls { get; init; } = new();

    /// <summary>File of the token that the upload servers know this machine by: <c>upload-token-file</c>. Null: none.</summary>
    /// <remarks>Read when it is needed first. Sent to the upload servers only, over https or to loopback, unless their URL has user and password.</remarks>
    public string? UploadTokenFile { get; init; }

    /// <summary>Name of this machine, the common name of a generated certificate: <c>computer_id</c> of [slapos].</summary>
    public string? ComputerId { get; init; }

    /// <summary>Folder of built software: <c>software_root</c> of [slapos].</summary>
    public string? SoftwareRoot { get; init; }

    /// <summary>Software releases that are never downloaded from the binary cache: <c>download-from-binary-cache-url-blacklist</c>.</summary>
    /// <remarks>When that option is absent or empty, what its old name <c>binary-cache-url-blacklist</c> says.</remarks>
    public UrlPrefixList BinaryDownloadBlacklist { get; init; } = UrlPrefixList.Empty;

    /// <summary>Software releases that are never uploaded to the binary cache: <c>upload-to-binary-cache-url-blacklist</c>.</summary>
    public UrlPrefixList BinaryUploadBlacklist { get; init; } = UrlPrefixList.Empty;

    /// <summary>Software releases that are never built here, so that a failed download is an error: <c>download-from-binary-cache-force-url-list</c>.</summary>
    public UrlPrefixList BinaryDownloadForceList { get; init; } = UrlPrefixList.Empty;

    /// <summary>How long it may take to establish a TCP and TLS connection. Default 15 seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a server may take to begin its answer once it has the whole request. Default 60 seconds.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a transfer may go on without a single byte, in either direction. Default 30 seconds.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A server that sends less than this, on average over <see cref="StallTimeout"/>, is treated as one that sends nothing. Default 1,024; 0 for any rate.</summary>
    /// <remarks>The time that the destination takes does not count.</remarks>
    public long MinBytesPerSecond { get; init; } = 1024;

    /// <summary>How often a request to one server is repeated after a failure that may pass. Default 4; 0 for never.</summary>
    public int MaxRetries { get; init; } = 4;

    /// <summary>The first pause before a repetition; it doubles each time, with jitter. Default 500 milliseconds.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause before a repetition, also when the server asks for more (Retry-After). Default 30 seconds.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many redirects of one request are followed. Default 5.</summary>
    public int MaxRedirects { get; init; } = 5;

    /// <summary>How many bytes of the listing of a key are read: of a longer one the entries that are whole so far are used, with a warning. Default 16 MiB.</summary>
    public int MaxListingBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>The largest content that is downloaded, in bytes. Default 1 TiB.</summary>
    public long MaxContentBytes { get; init; } = 1L << 40;

    /// <summary>The proxies to use. Null: what <c>http_proxy</c>, <c>https_proxy</c>, <c>all_proxy</c> and <c>no_proxy</c> of the environment say.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>Gets one line for each problem that does not stop the call: a skipped certificate or entry, a retry, another server tried.</summary>
    public Action<string>? OnWarning { get; init; }

    /// <summary>The same for the binary cache: its servers alone, also where one is not set.</summary>
    internal NetworkCacheOptions ForBinaries() => this with { Servers = BinaryServers };

    /// <summary>Reads a slapos.cfg.</summary>
    /// <exception cref="NetworkCacheConfigurationException">It cannot be read or used; the message names section and option.</exception>
    public static NetworkCacheOptions Load(string path) => From(ConfigFile.Load(path));

    /// <summary>Takes the options of sections [networkcache] and [slapos], as slapgrid reads them (docs/protocol.md, "Configuration"). What is not there keeps its default.</summary>
    /// <exception cref="NetworkCacheConfigurationException">An option cannot be used; the message names section and option.</exception>
    public static NetworkCacheOptions From(ConfigFile file) => new NetworkCacheOptionsReader(file).Read();
}

/// <summary>The servers of a client, by purpose. Several are tried in their order. An empty list: not configured.</summary>
public sealed record CacheServers
{
    internal const string BinaryKind = "binary-";

    /// <summary>Where content is downloaded: <c>download-cache-url</c>.</summary>
    public IReadOnlyList<CacheUrl> DownloadCache { get; init; } = [];

    /// <summary>Where entries are looked up: <c>download-dir-url</c>.</summary>
    public IReadOnlyList<CacheUrl> DownloadDirectory { get; init; } = [];

    /// <summary>Where content is uploaded: <c>upload-cache-url</c>.</summary>
    public IReadOnlyList<CacheUrl> UploadCache { get; init; } = [];

    /// <summary>Where entries are put: <c>upload-dir-url</c>.</summary>
    public IReadOnlyList<CacheUrl> UploadDirectory { get; init; } = [];

    /// <summary>The part of their options' names before <c>cache-url</c> and <c>dir-url</c>: nothing, or <c>binary-</c>.</summary>
    internal string Kind { get; init; } = "";

    /// <summary>The name of the option; likewise the following.</summary>
    internal string DownloadCacheOption => $"download-{Kind}cache-url";

    internal string DownloadDirectoryOption => $"download-{Kind}dir-url";

    internal string UploadCacheOption => $"upload-{Kind}cache-url";

    internal string UploadDirectoryOption => $"upload-{Kind}dir-url";

    /// <summary>All of them, of whatever kind.</summary>
    internal IEnumerable<CacheUrl> All() => [.. DownloadCache, .. DownloadDirectory, .. UploadCache, .. UploadDirectory];
}

/// <summary>The files of a TLS connection to the upload servers: own credentials, and the CA that the server's certificate must come from.</summary>
/// <remarks>
/// PEM files, read at the first connection that needs them. They are used for the hosts of the upload URLs, also when something is
/// downloaded from such a host; any other host gets no client certificate, and is checked against the system's CAs.
/// </remarks>
public sealed record TlsFiles
{
    /// <summary>Certificate of the client, intermediate ones may follow: <c>shacache-cert-file</c>. Null: none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its private key, not encrypted: <c>shacache-key-file</c>. Null: it is in <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The only CAs that are accepted: <c>shacache-ca-file</c>. Null: those of the system.</summary>
    public string? AuthorityFile { get; init; }
}

/// <summary>What an entry must say about the key that it is listed under: option <c>key-binding</c> (docs/protocol.md, "Trust").</summary>
public enum KeyBinding
{
    /// <summary>An entry that provably belongs under another key is refused; one that says nothing about it is accepted, as old entries do.</summary>
    Provable,

    /// <summary>An entry must prove that it belongs under its key.</summary>
    Strict,
}

/// <summary>On which machines a release of the binary cache is installed.</summary>
public enum PlatformMatch
{
    /// <summary>Where all is there that it says it needs; one that does not say so, where the platform has the same name.</summary>
    Compatible,

    /// <summary>Where the platform has the same name as that on which it was built.</summary>
    Exact,
}
