using Shacache.Http.Access;
using Shacache.Http.Entries;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Metrics;
using Shacache.Http.Pages;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Upstreams;

namespace Shacache.Http;

/// <summary>Where content and directory live, and what a request may cost.</summary>
public sealed class CacheServerOptions
{
    /// <summary>Paths of the server itself: neither content nor directory may have one of them, or one below.</summary>
    public static IReadOnlyList<string> ReservedPaths { get; } =
        ["/account", "/admin", "/mirror", "/store", "/metrics", "/shacache/update", "/healthz", "/livez", "/robots.txt", "/icon.svg", "/pages", "/fetch", "/remote"];

    /// <summary>Paths of the content store, without a slash at the end.</summary>
    public IReadOnlyList<string> CachePaths { get; set; } = ["/shacache", "/shacache/cache"];

    /// <summary>Paths of the directory, without a slash at the end.</summary>
    public IReadOnlyList<string> DirectoryPaths { get; set; } = ["/shadir", "/shacache/dir"];

    /// <summary>Host names, without port, that are the content store at their root and nothing else.</summary>
    public IReadOnlyList<string> CacheHosts { get; set; } = [];

    /// <summary>Host names, without port, that are the directory at their root and nothing else.</summary>
    public IReadOnlyList<string> DirectoryHosts { get; set; } = [];

    /// <summary>Further host names, without port, by which the server is reached over loopback. Requests that only read content may have any.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>Whether uploads are refused with 403.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Who may read content, listings and pages, and use the gateway.</summary>
    public ReadAudience ReadAccess { get; set; }

    /// <summary>Who may list the keys of the directory.</summary>
    public KeyListingAudience KeyListing { get; set; }

    /// <summary>Whether it serves; false when it only answers a command about its data folder.</summary>
    public bool IsServing { get; set; } = true;

    /// <summary>Who may read the metrics.</summary>
    public MetricsAudience Metrics { get; set; }

    /// <summary>The longest blob that is accepted, in bytes; a longer one is refused with 413.</summary>
    public long MaxBlobBytes { get; set; } = 20L << 30;

    /// <summary>The longest body of an entry that is accepted, in bytes; a longer one is refused with 413.</summary>
    public int MaxEntryBytes { get; set; } = 1 << 20;

    /// <summary>A listing that is as long as this, in bytes, has no further entries: the newest always come.</summary>
    public int MaxListingBytes { get; set; } = 2 << 20;

    /// <summary>Which entries are accepted beyond well-formed ones.</summary>
    public EntryPolicyOptions Entries { get; init; } = new();

    /// <summary>The download gateway, which is off unless it has origins.</summary>
    public GatewayOptions Gateway { get; init; } = new();

    /// <summary>Indexes of packages that are served below <c>/remote</c>; none by default. What may be asked and what it may cost is said by <see cref="Gateway"/>.</summary>
    public IReadOnlyList<RemoteOptions> Remotes { get; set; } = [];

    /// <summary>How clients reach the server, such as <c>https://cache.example</c>, in links that it writes; null: as the request says.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>The pages for people.</summary>
    public PageOptions Pages { get; init; } = new();

    /// <summary>Other caches from which this one fills itself; none by default.</summary>
    public ProximityOptions Proximity { get; init; } = new();
}
