namespace Shacache.Conformance.Server;

/// <summary>Configuration by environment that some tests need (docs/configuration.md).</summary>
internal static class Settings
{
    /// <summary>Slow and idle clients are cut off after about two seconds.</summary>
    public static (string Name, string Value)[] ShortTimeouts { get; } =
    [
        ("SHACACHE_HEADER_TIMEOUT", "1s"),
        ("SHACACHE_KEEP_ALIVE_TIMEOUT", "2s"),
        ("SHACACHE_RATE_GRACE_PERIOD", "2s"),
    ];
}
