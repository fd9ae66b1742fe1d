using Shacache.Core.Signing;

namespace Shacache.Http.Gateway.Origins;

/// <summary>What the download gateway may fetch, and what a fetch may cost.</summary>
public sealed class GatewayOptions
{
    /// <summary>The only origins that are asked. None: the gateway is off.</summary>
    public IReadOnlyList<OriginPattern> Origins { get; set; } = [];

    /// <summary>Beginnings of URLs whose content changes: the origin is asked before a copy is used.</summary>
    public IReadOnlyList<string> MovingPrefixes { get; set; } = [];

    /// <summary>The longest file that is fetched, in bytes.</summary>
    public long MaxFileBytes { get; set; } = 2L << 30;

    /// <summary>The most transfers from origins at once; a further one is refused with 503.</summary>
    public int MaxTransfers { get; set; } = 32;

    /// <summary>How long an origin may take to the headers of its answer, redirects included.</summary>
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an origin may send nothing before its transfer is given up.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>An origin that sends less than this, on average over <see cref="StallTimeout"/>, is given up as if it sent nothing; 0 for any rate.</summary>
    public long MinBytesPerSecond { get; set; } = 1024;

    /// <summary>How long a whole transfer may take.</summary>
    public TimeSpan TransferTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Whether origins may have addresses that are not of the public internet. For tests and closed networks.</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>Whether files are kept although their origin says <c>Cache-Control: no-store</c> or <c>private</c>, <c>Vary: *</c>, or sets a cookie.</summary>
    public bool IgnoresCacheControl { get; set; }

    /// <summary>Signs the entries of what was fetched; null: they are unsigned. Its creator disposes of it.</summary>
    public SigningKey? SigningKey { get; set; }

    /// <summary>Whose entries, beside its own, the gateway answers from. Its creator disposes of it.</summary>
    public TrustedKeys TrustedKeys { get; set; } = TrustedKeys.None;

    /// <summary>Folder for files that are on their way, made when it is missing. They have no name there, or lose it with the process.</summary>
    public string SpoolFolder { get; set; } = Path.GetTempPath();
}
