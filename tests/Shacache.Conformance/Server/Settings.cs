namespace Shacache.Conformance.Server;

/// <summary>Configuration by environment that some tests need (docs/configuration.md).</summary>
internal static class Settings
{
    /// <summary>Slow and idle clients are cut off after about three seconds: soon, and later than a busy machine lets others wait.</summary>
    public static (string Name, string Value)[] ShortTimeouts { get; } =
    [
        ("SHACACHE_HEADER_TIMEOUT", "3s"),
        ("SHACACHE_KEEP_ALIVE_TIMEOUT", "3s"),
        ("SHACACHE_RATE_GRACE_PERIOD", "3s"),
    ];
}
