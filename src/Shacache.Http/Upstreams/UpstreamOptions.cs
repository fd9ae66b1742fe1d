using System.Net.Http.Headers;
using System.Net.Security;

namespace Shacache.Http.Upstreams;

/// <summary>Another cache that is asked for what is not here.</summary>
public sealed class UpstreamOptions
{
    /// <summary>As logs, metrics and the header <c>X-Cache-Upstream</c> call it. Letters, digits, dots, hyphens, colons and underscores.</summary>
    public required string Name { get; init; }

    /// <summary>Its content store: http or https, without a slash at the end, without user and query.</summary>
    public required Uri CacheUrl { get; set; }

    /// <summary>Its directory, in the same form.</summary>
    public required Uri DirectoryUrl { get; set; }

    /// <summary>Whether it is another server of this site: asked before the others, and only for what it has itself.</summary>
    public bool IsPeer { get; set; }

    /// <summary>Whether what is put here is sent there as well.</summary>
    public bool IsForwardedTo { get; set; }

    /// <summary>With <see cref="UpstreamOrder.Fastest"/>, its measured latency is divided by this.</summary>
    public double Weight { get; set; } = 1;

    /// <summary>How long it may take, and how slow it may be.</summary>
    public UpstreamLimits Limits { get; set; } = new();

    /// <summary>Goes along with requests to this server, never with those that it redirects elsewhere; null for none.</summary>
    public AuthenticationHeaderValue? Authorization { get; set; }

    /// <summary>Certificate and authorities for https to this server; null for what the system has.</summary>
    public SslClientAuthenticationOptions? Tls { get; set; }
}

/// <summary>How long an upstream may take, and how slow it may be.</summary>
public sealed record UpstreamLimits
{
    /// <summary>How long a connection may take, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long it may take to the headers of its answer, redirects included, once it is connected.</summary>
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long it may send nothing before the answer is taken for broken.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>When it sends less than this, on average over <see cref="StallTimeout"/>, the answer is taken for broken as if nothing came; 0 for any rate.</summary>
    public long MinBytesPerSecond { get; set; } = 1024;
}

/// <summary>Which upstream is asked first. Peers come before all others in either order.</summary>
public enum UpstreamOrder
{
    /// <summary>In the order in which they are listed.</summary>
    Listed,

    /// <summary>The one that began its answers soonest, of late.</summary>
    Fastest,
}
