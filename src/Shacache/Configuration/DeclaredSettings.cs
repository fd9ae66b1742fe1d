using Shacache.Http.Mirroring;

namespace Shacache.Cli.Configuration;

/// <summary>The one table of keys: it drives the flags, the help, the environment and the file; docs/configuration.md is compared with it.</summary>
internal static class SettingKeys
{
    private const long KiB = 1L << 10;
    private const long MiB = 1L << 20;
    private const long TiB = 1L << 40;
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static IReadOnlyList<SettingKey> All { get; } =
    [
        new("data", SettingUnit.Path, "data", "Folder that holds everything the server stores; made when it is missing.", (settings, text) =>
        {
            if (text.Length == 0)
                return "names no folder";
            settings.Data = Path.GetFullPath(text);
            return null;
        }),
        new("listen", SettingUnit.Urls, "http://127.0.0.1:8080",
            "Where the server listens: http://ADDRESS:PORT or https://ADDRESS:PORT with an IP address, localhost, or * for every address; port 0 takes a free one.",
            (settings, text) => SettingValues.Addresses(text, value => settings.Listen = value)),
        new("tls-certificate", SettingUnit.Path, "", "PEM file with the certificate for https and its chain; read again when it changes.",
            (settings, text) => SettingValues.OptionalPath(text, value => settings.TlsCertificate = value)),
        new("tls-key", SettingUnit.Path, "", "PEM file with the private key of the certificate, not encrypted; not needed when tls-certificate holds it too.",
            (settings, text) => SettingValues.OptionalPath(text, value => settings.TlsKey = value)),
        new("cache-path", SettingUnit.UrlPaths, "/shacache /shacache/cache", "Paths of the content store.",
            (settings, text) => SettingValues.UrlPaths(text, value => settings.CachePaths = value)),
        new("dir-path", SettingUnit.UrlPaths, "/shadir /shacache/dir", "Paths of the directory.",
            (settings, text) => SettingValues.UrlPaths(text, value => settings.DirectoryPaths = value)),
        new("cache-host", SettingUnit.HostNames, "", "Host names that are the content store at their root, and nothing else.",
            (settings, text) => SettingValues.HostNames(text, value => settings.CacheHosts = value)),
        new("dir-host", SettingUnit.HostNames, "", "Host names that are the directory at their root, and nothing else.",
            (settings, text) => SettingValues.HostNames(text, value => settings.DirectoryHosts = value)),
        new("allowed-host", SettingUnit.HostNames, "",
            "Further host names by which this machine, or a proxy on it, reaches the server without accounts. Reading content needs none.",
            (settings, text) => SettingValues.HostNames(text, value => settings.AllowedHosts = value)),
        new("read-only", SettingUnit.Switch, "false", "Refuse every upload.",
            (settings, text) => SettingValues.Switch(text, value => settings.ReadOnly = value)),
        new("allow-anonymous-upload", SettingUnit.Switch, "false",
            "Let everybody who can connect upload without an account.",
            (settings, text) => SettingValues.Switch(text, value => settings.AllowAnonymousUpload = value)),
        new("key-listing", SettingUnit.Word, "administrators",
            "Who may list the keys of the directory: administrators for accounts that may administer, accounts for every account, anyone.",
            (settings, text) =>
            {
                if (text is not ("administrators" or "accounts" or "anyone"))
                    return "is nobody; write administrators, accounts or anyone";
                settings.KeyListing = text switch
                {
                    "anyone" => KeyListingAudience.Anyone,
                    "accounts" => KeyListingAudience.Accounts,
                    _ => KeyListingAudience.Administrators,
                };
                return null;
            }),
        .. AccountSettingKeys.All,
        new("memory-cache-size", SettingUnit.Size, "32MiB", "Memory for the content of small objects that are read often; 0 turns it off.",
            (settings, text) => SettingValues.Size(text, 0, TiB, value => settings.MemoryCacheBytes = value)),
        new("max-blob-size", SettingUnit.Size, "20GiB", "The longest object that is accepted.",
            (settings, text) => SettingValues.Size(text, 1, 1024 * TiB, value => settings.MaxBlobBytes = value)),
        new("max-entry-size", SettingUnit.Size, "1MiB", "The longest body of a directory entry that is accepted.",
            (settings, text) => SettingValues.Size(text, 1, 64 * MiB, value => settings.MaxEntryBytes = (int)value)),
        new("max-listing-size", SettingUnit.Size, "2MiB", "A listing of a key that is as long as this has no further entries: the newest come, older ones are left out.",
            (settings, text) => SettingValues.Size(text, KiB, 1024 * MiB, value => settings.MaxListingBytes = (int)value)),
        new("max-connections", SettingUnit.Number, "4096", "Connections at once, and requests over HTTP/2 at once; further ones are refused. Lowered, with a warning, where the limit of open files (ulimit -n, LimitNOFILE=) leaves two for each and 64 for the server.",
            (settings, text) => SettingValues.Number(text, 1, 1_000_000, value => settings.MaxConnections = value)),
        new("max-header-size", SettingUnit.Size, "32KiB", "The longest headers of a request that are accepted, all together.",
            (settings, text) => SettingValues.Size(text, 8 * KiB, MiB, value => settings.MaxHeaderBytes = (int)value)),
        new("header-timeout", SettingUnit.Time, "15s", "How long the headers of a request may take from the first byte to the last; the TLS handshake may take as long.",
            (settings, text) => SettingValues.Time(text, Millisecond, Day, value => settings.HeaderTimeout = value)),
        new("keep-alive-timeout", SettingUnit.Time, "60s", "How long a connection may lie idle between two requests.",
            (settings, text) => SettingValues.Time(text, Millisecond, Day, value => settings.KeepAliveTimeout = value)),
        new("min-upload-rate", SettingUnit.SizePerSecond, "240B", "A body that comes slower than this, on average, is cut off; 0 turns it off.",
            (settings, text) => SettingValues.Size(text, 0, TiB, value => settings.MinUploadBytesPerSecond = value)),
        new("min-download-rate", SettingUnit.SizePerSecond, "240B", "A client that takes an answer slower than this is cut off; 0 turns it off.",
            (settings, text) => SettingValues.Size(text, 0, TiB, value => settings.MinDownloadBytesPerSecond = value)),
        new("rate-grace-period", SettingUnit.Time, "10s", "How long an upload may be slower than its minimum rate before it is cut off. A download is after three times as long without as many bytes as its rate makes of this: buffers on the way empty in lumps.",
            (settings, text) => SettingValues.Time(text, 2 * Second, Day, value => settings.RateGracePeriod = value)),
        new("shutdown-timeout", SettingUnit.Time, "20s", "How long running requests may take to finish once the server is told to stop; those on which nothing comes or goes, or less than the minimum rates allow, are cut off after 10 seconds.",
            (settings, text) => SettingValues.Time(text, TimeSpan.Zero, Day, value => settings.ShutdownTimeout = value)),
        new("access-log", SettingUnit.Path, "off", "File that gets a line for each request; - is the standard output, off is none.",
            (settings, text) =>
            {
                if (text.Length == 0)
                    return "names no file; write a path, - or off";
                settings.AccessLog = text is "off" ? null : text is "-" ? "-" : Path.GetFullPath(text);
                return null;
            }),
        new("log-level", SettingUnit.Word, "information", "The least severe messages that are logged: trace, debug, information, warning, error or critical.",
            (settings, text) => SettingValues.Level(text, value => settings.LogLevel = value)),
        .. UpstreamSettingKeys.All,
        .. EntryPolicySettingKeys.All,
        .. GatewaySettingKeys.All,
    ];
}
