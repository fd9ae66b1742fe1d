using Shacache.Cli.Configuration.Declaration;
using Shacache.Http.Entries;

namespace Shacache.Cli.Configuration.Features;

/// <summary>Which entries are accepted.</summary>
internal sealed class EntryPolicySettings
{
    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "require-signature", Units.Path, "File with certificates, PEM: only entries that one of these signed are accepted; none: all are.",
            settings => settings.EntryPolicy.RequiredSigners, (settings, value) => settings.EntryPolicy.RequiredSigners = value },
        { "require-key-binding", Units.Switch, "Accept only entries that prove to belong under their key.",
            settings => settings.EntryPolicy.Options.RequireKeyBinding, (settings, value) => settings.EntryPolicy.Options.RequireKeyBinding = value },
        { "require-blob", Units.Switch, "Accept only entries whose content is stored here.",
            settings => settings.EntryPolicy.Options.RequireBlob, (settings, value) => settings.EntryPolicy.Options.RequireBlob = value },
        { "max-entries-per-key", Units.Number(0, 1_000_000), "Entries that one key may have: for a further one the oldest unprotected one is removed. 0 is any number.",
            settings => settings.EntryPolicy.Options.MaxEntriesPerKey, (settings, value) => settings.EntryPolicy.Options.MaxEntriesPerKey = value },
        { "protected-certificates", Units.Path,
            "File with certificates, PEM: entries that one of these signed are protected; those of require-signature are protected, too.",
            settings => settings.EntryPolicy.ProtectedSigners, (settings, value) => settings.EntryPolicy.ProtectedSigners = value },
    };

    public EntryPolicyOptions Options { get; } = new();

    /// <summary>File with certificates, read when the server starts; null when entries need no signature.</summary>
    public string? RequiredSigners { get; set; }

    /// <summary>File with certificates, read when the server starts; null for none.</summary>
    public string? ProtectedSigners { get; set; }
}
