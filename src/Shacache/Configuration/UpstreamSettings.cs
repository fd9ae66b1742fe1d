namespace Shacache.Cli.Configuration;

/// <summary>One upstream as it was configured. Secrets are in files, which are read when the server starts.</summary>
internal sealed class UpstreamSettings
{
    public required string Name { get; init; }

    public Uri? CacheUrl { get; set; }

    public Uri? DirectoryUrl { get; set; }

    public bool IsPeer { get; set; }

    public bool IsForwardedTo { get; set; }

    public int Weight { get; set; } = 1;

    /// <summary>Null for none; then so are the other files of its kind.</summary>
    public string? User { get; set; }

    public string? PasswordFile { get; set; }

    public string? TokenFile { get; set; }

    public string? AuthorityFile { get; set; }

    public string? CertificateFile { get; set; }

    public string? KeyFile { get; set; }

    /// <summary>Null for what holds for all of them.</summary>
    public TimeSpan? ConnectTimeout { get; set; }

    public TimeSpan? FirstByteTimeout { get; set; }

    public TimeSpan? StallTimeout { get; set; }

    public long? MinBytesPerSecond { get; set; }
}
