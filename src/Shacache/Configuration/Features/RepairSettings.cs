using Shacache.Cli.Configuration.Declaration;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Configuration.Features;

/// <summary>How what is stored is compared with its digests.</summary>
internal sealed class RepairSettings
{
    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "scrub-interval", Units.Time(TimeSpan.Zero, 3650 * Units.Day),
            "Within so much time everything that is stored is read once in the background, and compared with its digest; 0 for never by itself.",
            settings => settings.Repair.Options.Interval, (settings, value) => settings.Repair.Options.Interval = value },
        { "scrub-rate", Units.SizePerSecond(1, Units.TiB), "So much is read for that in a second.",
            settings => settings.Repair.Options.BytesPerSecond, (settings, value) => settings.Repair.Options.BytesPerSecond = value },
    };

    public ScrubOptions Options { get; } = new();
}
