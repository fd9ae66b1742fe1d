using Microsoft.Extensions.Logging;
using Shacache.Core.Accounts;
using Shacache.Http.Gateway;
using Shacache.Http.Mirroring;
using Shacache.Http.Upstreams;

namespace Shacache.Cli.Configuration;

/// <summary>Every setting of the server, read and checked. What each means: <see cref="SettingKeys"/>.</summary>
internal sealed class ServerSettings
{
    public string Data { get; set; } = "";

    public IReadOnlyList<ListenAddress> Listen { get; set; } = [];

    /// <summary>PEM file of the certificate and its chain; null for none.</summary>
    public string? TlsCertificate { get; set; }

    /// <summary>PEM file of the private key; null when it is in <see cref="TlsCertificate"/>.</summary>
    public string? TlsKey { get; set; }

    public IReadOnlyList<string> CachePaths { get; set; } = [];

    public IReadOnlyList<string> DirectoryPaths { get; set; } = [];

    public IReadOnlyList<string> CacheHosts { get; set; } = [];

    public IReadOnlyList<string> DirectoryHosts { get; set; } = [];

    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    public bool ReadOnly { get; set; }

    public bool AllowAnonymousUpload { get; set; }

    public KeyListingAudience KeyListing { get; set; }

    /// <summary>PEM file of the authority's certificate; null for the one in the data folder, which may be missing.</summary>
    public string? AccountCa { get; set; }

    /// <summary>PEM file of the authority's private key; null for the one beside its certificate, which may be missing.</summary>
    public string? AccountCaKey { get; set; }

    public AccountRights CertificateRights { get; set; } = AccountRights.None;

    public int AccountUploadsPerMinute { get; set; }

    public int AddressUploadsPerMinute { get; set; }

    public int BadCredentialsPerMinute { get; set; }

    public int AccountRequestsPerMinute { get; set; }

    public long MemoryCacheBytes { get; set; }

    public long MaxBlobBytes { get; set; }

    public int MaxEntryBytes { get; set; }

    public int MaxListingBytes { get; set; }

    public int MaxConnections { get; set; }

    public int MaxHeaderBytes { get; set; }

    public TimeSpan HeaderTimeout { get; set; }

    public TimeSpan KeepAliveTimeout { get; set; }

    public long MinUploadBytesPerSecond { get; set; }

    public long MinDownloadBytesPerSecond { get; set; }

    public TimeSpan RateGracePeriod { get; set; }

    public TimeSpan ShutdownTimeout { get; set; }

    /// <summary>A path or <c>-</c>; null for none.</summary>
    public string? AccessLog { get; set; }

    public LogLevel LogLevel { get; set; }

    public IReadOnlyList<UpstreamSettings> Upstreams { get; set; } = [];

    public IReadOnlyList<UpstreamSettings> Peers { get; set; } = [];

    /// <summary>Upstreams with a section of their own, peers among them; they come behind the others.</summary>
    public IReadOnlyList<UpstreamSettings> UpstreamSections { get; set; } = [];

    public UpstreamOrder UpstreamOrder { get; set; }

    public TimeSpan UpstreamConnectTimeout { get; set; }

    public TimeSpan UpstreamTimeout { get; set; }

    public TimeSpan UpstreamStallTimeout { get; set; }

    public long UpstreamMinBytesPerSecond { get; set; }

    public TimeSpan UpstreamHedgeDelay { get; set; }

    public int UpstreamMaxHops { get; set; }

    public int UpstreamMaxTransfers { get; set; }

    public TimeSpan NegativeTtl { get; set; }

    public TimeSpan DirectoryTtl { get; set; }

    public bool Forward { get; set; }

    public TimeSpan DirectoryKeep { get; set; }

    /// <summary>File with certificates; null when entries need no signature.</summary>
    public string? RequireSignature { get; set; }

    public bool RequireBlob { get; set; }

    public bool RequireKeyBinding { get; set; }

    /// <summary>0 for any number.</summary>
    public int MaxEntriesPerKey { get; set; }

    /// <summary>File with certificates; null for none.</summary>
    public string? ProtectedCertificates { get; set; }

    public IReadOnlyList<OriginPattern> GatewayOrigins { get; set; } = [];

    public IReadOnlyList<string> GatewayMoving { get; set; } = [];

    public long GatewayMaxBytes { get; set; }

    public int GatewayMaxTransfers { get; set; }

    public TimeSpan GatewayTimeout { get; set; }

    public TimeSpan GatewayStallTimeout { get; set; }

    public long GatewayMinBytesPerSecond { get; set; }

    public TimeSpan GatewayTransferTimeout { get; set; }

    /// <summary>Null for none.</summary>
    public string? GatewaySigningKey { get; set; }

    /// <summary>Null for none.</summary>
    public string? GatewayCertificates { get; set; }

    public bool GatewayAllowPrivate { get; set; }

    /// <summary>Where the certificate authority is, or will be.</summary>
    public CertificateAuthorityFiles Authority
    {
        get
        {
            CertificateAuthorityFiles own = CertificateAuthorityFiles.In(Data);
            string certificate = AccountCa ?? own.CertificatePath;
            string beside = Path.ChangeExtension(certificate, ".key");
            return new CertificateAuthorityFiles(certificate, AccountCaKey ?? beside);
        }
    }
}
