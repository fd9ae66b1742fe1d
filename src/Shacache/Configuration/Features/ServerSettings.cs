using Shacache.Cli.Configuration.Values;
using Shacache.Http;

namespace Shacache.Cli.Configuration.Features;

/// <summary>What the settings of the server set: the options of each feature, and what the program itself needs. What is new here has the defaults.</summary>
internal sealed class ServerSettings
{
    public ServerSettings() => Cache = new CacheServerOptions { Entries = EntryPolicy.Options, Gateway = Gateway.Options, Proximity = Upstreams.Options };

    public HostSettings Host { get; } = new();

    public ContentStoreSettings ContentStore { get; } = new();

    public DatabaseSettings Database { get; } = new();

    public CacheServerOptions Cache { get; }

    public AccountSettings Accounts { get; } = new();

    public ContentSettings Content { get; } = new();

    public RoomSettings Room { get; } = new();

    public RetentionSettings Retention { get; } = new();

    public RepairSettings Repair { get; } = new();

    public ConnectionSettings Connections { get; } = new();

    public LogSettings Logs { get; } = new();

    public UpstreamSettings Upstreams { get; } = new();

    public EntryPolicySettings EntryPolicy { get; } = new();

    public GatewaySettings Gateway { get; } = new();

    /// <summary>The sections of remotes, in the order of the file.</summary>
    public IReadOnlyList<RemoteSection> Remotes { get; set; } = [];

    public PageSettings Pages { get; } = new();
}
