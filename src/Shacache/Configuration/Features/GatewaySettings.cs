namespace Shacache.Cli.Configuration;

/// <summary>The part of the table that is about the download gateway.</summary>
internal static class GatewaySettingKeys
{
    private const long TiB = 1L << 40;
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static IReadOnlyList<SettingKey> All { get; } =
    [
        new("gateway-origins", SettingUnit.Origins, "",
            "Hosts that the download gateway may fetch from, such as *.example.org or files.example.org:8080; none turns the gateway off.",
            (settings, text) => SettingValues.Origins(text, value => settings.GatewayOrigins = value)),
        new("gateway-moving", SettingUnit.UrlPrefixes, "",
            "Beginnings of URLs whose content changes: the gateway asks the origin before it uses a copy, and keeps none for other clients.",
            (settings, text) => SettingValues.UrlPrefixes(text, value => settings.GatewayMoving = value)),
        new("gateway-max-size", SettingUnit.Size, "2GiB", "The longest file that the gateway fetches.",
            (settings, text) => SettingValues.Size(text, 1, TiB, value => settings.GatewayMaxBytes = value)),
        new("gateway-max-transfers", SettingUnit.Number, "32", "Transfers from origins at once; a further one is refused with 503.",
            (settings, text) => SettingValues.Number(text, 1, 10_000, value => settings.GatewayMaxTransfers = value)),
        new("gateway-timeout", SettingUnit.Time, "30s", "How long an origin may take to begin its answer, redirects included.",
            (settings, text) => SettingValues.Time(text, Millisecond, Day, value => settings.GatewayTimeout = value)),
        new("gateway-stall-timeout", SettingUnit.Time, "30s", "How long an origin may send nothing before its transfer is given up.",
            (settings, text) => SettingValues.Time(text, Millisecond, Day, value => settings.GatewayStallTimeout = value)),
        new("gateway-min-rate", SettingUnit.SizePerSecond, "1KiB",
            "An origin that sends less than this, on average over gateway-stall-timeout, counts as one that sends nothing; 0 is any rate.",
            (settings, text) => SettingValues.Size(text, 0, TiB, value => settings.GatewayMinBytesPerSecond = value)),
        new("gateway-transfer-timeout", SettingUnit.Time, "1h", "How long a whole transfer from an origin may take.",
            (settings, text) => SettingValues.Time(text, Millisecond, Day, value => settings.GatewayTransferTimeout = value)),
        new("gateway-signing-key", SettingUnit.Path, "", "File with the RSA key, PEM, that signs the entries of what the gateway fetched; none: they are unsigned.",
            (settings, text) => SettingValues.OptionalFile(text, value => settings.GatewaySigningKey = value)),
        new("gateway-certificates", SettingUnit.Path, "", "File with certificates, PEM: the gateway answers also from entries that these signed.",
            (settings, text) => SettingValues.OptionalFile(text, value => settings.GatewayCertificates = value)),
        new("gateway-allow-private", SettingUnit.Switch, "false",
            "Let the gateway connect to addresses that are not of the public internet; for tests and closed networks only.",
            (settings, text) => SettingValues.Switch(text, value => settings.GatewayAllowPrivate = value)),
    ];
}
