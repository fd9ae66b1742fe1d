using Shacache.Cli.Configuration.Declaration;

namespace Shacache.Cli.Configuration.Features;

/// <summary>How many clients there may be, and how slow they may be.</summary>
internal sealed class ConnectionSettings
{
    private static readonly SettingUnit<TimeSpan> Timeout = Units.Time(Units.Millisecond, Units.Day);
    private static readonly SettingUnit<long> Rate = Units.SizePerSecond(0, Units.TiB);

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "max-connections", Units.Number(1, 1_000_000),
            "Connections at once, and requests over HTTP/2 at once; further ones are refused. Lowered, with a warning, where the limit of open files (ulimit -n, LimitNOFILE=) leaves two for each and 64 for the server.",
            settings => settings.Connections.MaxConnections, (settings, value) => settings.Connections.MaxConnections = value },
        { "max-header-size", Units.Size(8 * Units.KiB, Units.MiB), "The longest headers of a request that are accepted, all together.",
            settings => settings.Connections.MaxHeaderBytes, (settings, value) => settings.Connections.MaxHeaderBytes = (int)value },
        { "header-timeout", Timeout, "How long the headers of a request may take from the first byte to the last; the TLS handshake may take as long.",
            settings => settings.Connections.HeaderTimeout, (settings, value) => settings.Connections.HeaderTimeout = value },
        { "keep-alive-timeout", Timeout, "How long a connection may lie idle between two requests.",
            settings => settings.Connections.KeepAliveTimeout, (settings, value) => settings.Connections.KeepAliveTimeout = value },
        { "min-upload-rate", Rate, "A body that comes slower than this, on average, is cut off; 0 turns it off.",
            settings => settings.Connections.MinUploadBytesPerSecond, (settings, value) => settings.Connections.MinUploadBytesPerSecond = value },
        { "min-download-rate", Rate, "A client that takes an answer slower than this is cut off; 0 turns it off.",
            settings => settings.Connections.MinDownloadBytesPerSecond, (settings, value) => settings.Connections.MinDownloadBytesPerSecond = value },
        { "rate-grace-period", Units.Time(TimeSpan.FromSeconds(2), Units.Day),
            "How long an upload may be slower than its minimum rate before it is cut off. A download is cut off after three times as long without the bytes that its rate gives for this period: buffers on the way empty in bursts.",
            settings => settings.Connections.RateGracePeriod, (settings, value) => settings.Connections.RateGracePeriod = value },
        { "shutdown-timeout", Units.Time(TimeSpan.Zero, Units.Day),
            "How long running requests may take to finish once the server is told to stop; those without progress, or below the minimum rates, are cut off after 10 seconds.",
            settings => settings.Connections.ShutdownTimeout, (settings, value) => settings.Connections.ShutdownTimeout = value },
    };

    public int MaxConnections { get; set; } = 4096;

    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    public TimeSpan HeaderTimeout { get; set; } = TimeSpan.FromSeconds(15);

    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>0 for any rate.</summary>
    public long MinUploadBytesPerSecond { get; set; } = 240;

    /// <summary>0 for any rate.</summary>
    public long MinDownloadBytesPerSecond { get; set; } = 240;

    public TimeSpan RateGracePeriod { get; set; } = TimeSpan.FromSeconds(10);

    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
