namespace Shacache.Cli.Configuration;

/// <summary>The part of the table that says which entries are accepted.</summary>
internal static class EntryPolicySettingKeys
{
    public static IReadOnlyList<SettingKey> All { get; } =
    [
        new("require-signature", SettingUnit.Path, "", "File with certificates, PEM: only entries that one of these signed are accepted; none: all are.",
            (settings, text) => SettingValues.OptionalFile(text, value => settings.RequireSignature = value)),
        new("require-key-binding", SettingUnit.Switch, "false", "Accept only entries that prove to belong under their key.",
            (settings, text) => SettingValues.Switch(text, value => settings.RequireKeyBinding = value)),
        new("require-blob", SettingUnit.Switch, "false", "Accept only entries whose object is stored here.",
            (settings, text) => SettingValues.Switch(text, value => settings.RequireBlob = value)),
        new("max-entries-per-key", SettingUnit.Number, "0", "Entries that one key may have: for a further one the oldest goes that is not protected. 0 is any number.",
            (settings, text) => SettingValues.Number(text, 0, 1_000_000, value => settings.MaxEntriesPerKey = value)),
        new("protected-certificates", SettingUnit.Path, "",
            "File with certificates, PEM: entries that one of these signed are protected; those of require-signature are protected, too.",
            (settings, text) => SettingValues.OptionalFile(text, value => settings.ProtectedCertificates = value)),
    ];
}
