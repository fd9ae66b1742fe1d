using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;

namespace Shacache.Cli.Configuration;

/// <summary>Every setting of the server, in the order of the help and of docs/configuration.md. Options, environment, file and help all follow from this list.</summary>
internal static class DeclaredSettings
{
    public static IReadOnlyList<Setting<ServerSettings>> All { get; } =
    [
        .. HostSettings.Table,
        .. ContentStoreSettings.Table,
        .. DatabaseSettings.Table,
        .. SurfaceSettings.Table,
        .. AccountSettings.Table,
        .. ContentSettings.Table,
        .. RoomSettings.Table,
        .. RetentionSettings.Table,
        .. RepairSettings.Table,
        .. ConnectionSettings.Table,
        .. LogSettings.Table,
        .. UpstreamSettings.Table,
        .. EntryPolicySettings.Table,
        .. GatewaySettings.Table,
        .. PageSettings.Table,
    ];
}
