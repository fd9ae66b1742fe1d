using Shacache.Cli.Configuration.Declaration;

namespace Shacache.Cli.Configuration.Features;

/// <summary>How large objects and entries may be, and what is kept of them in memory.</summary>
internal sealed class ContentSettings
{
    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "memory-cache-size", Units.Size(0, Units.TiB), "Memory for small blobs that are read often; 0 turns it off.",
            settings => settings.Content.MemoryCacheBytes, (settings, value) => settings.Content.MemoryCacheBytes = value },
        { "max-blob-size", Units.Size(1, 1024 * Units.TiB), "The longest blob that is accepted.",
            settings => settings.Cache.MaxBlobBytes, (settings, value) => settings.Cache.MaxBlobBytes = value },
        { "max-entry-size", Units.Size(1, 64 * Units.MiB), "The longest body of a directory entry that is accepted.",
            settings => settings.Cache.MaxEntryBytes, (settings, value) => settings.Cache.MaxEntryBytes = (int)value },
        { "max-listing-size", Units.Size(Units.KiB, 1024 * Units.MiB),
            "A listing of a key that is as long as this has no further entries: the newest come, older ones are left out.",
            settings => settings.Cache.MaxListingBytes, (settings, value) => settings.Cache.MaxListingBytes = (int)value },
    };

    /// <summary>0 for no such cache.</summary>
    public long MemoryCacheBytes { get; set; } = 32 * Units.MiB;
}
