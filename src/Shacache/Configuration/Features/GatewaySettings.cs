using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Values;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Cli.Configuration.Features;

/// <summary>The download gateway.</summary>
internal sealed class GatewaySettings
{
    private static readonly SettingUnit<IReadOnlyList<OriginPattern>> Origins = Units.List<OriginPattern>("origins", ParseOrigin, origin => origin.ToString());
    private static readonly SettingUnit<IReadOnlyList<string>> UrlPrefixes = Units.List<string>("URL prefixes", ParsePrefix, prefix => prefix);
    private static readonly SettingUnit<string?> PublicUrl = new("URL", ParsePublicUrl, url => url ?? "");
    private static readonly SettingUnit<TimeSpan> Timeout = Units.Time(Units.Millisecond, Units.Day);

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "gateway-origins", Origins, "Hosts that the download gateway may fetch from, such as *.example.org or files.example.org:8080; none turns the gateway off.",
            settings => settings.Gateway.Options.Origins, (settings, value) => settings.Gateway.Options.Origins = value },
        { "gateway-moving", UrlPrefixes,
            "Beginnings of URLs whose content changes: the gateway asks the origin before it uses a copy, and keeps none for other clients.",
            settings => settings.Gateway.Options.MovingPrefixes, (settings, value) => settings.Gateway.Options.MovingPrefixes = value },
        { "gateway-max-size", Units.Size(1, Units.TiB), "The longest file that the gateway fetches.",
            settings => settings.Gateway.Options.MaxFileBytes, (settings, value) => settings.Gateway.Options.MaxFileBytes = value },
        { "gateway-max-transfers", Units.Number(1, 10_000), "Transfers from origins at once; a further one is refused with 503.",
            settings => settings.Gateway.Options.MaxTransfers, (settings, value) => settings.Gateway.Options.MaxTransfers = value },
        { "gateway-timeout", Timeout, "How long an origin may take to begin its answer, redirects included.",
            settings => settings.Gateway.Options.FirstByteTimeout, (settings, value) => settings.Gateway.Options.FirstByteTimeout = value },
        { "gateway-stall-timeout", Timeout, "How long an origin may send nothing before its transfer is given up.",
            settings => settings.Gateway.Options.StallTimeout, (settings, value) => settings.Gateway.Options.StallTimeout = value },
        { "gateway-min-rate", Units.SizePerSecond(0, Units.TiB),
            "An origin that sends less than this, on average over gateway-stall-timeout, counts as one that sends nothing; 0 is any rate.",
            settings => settings.Gateway.Options.MinBytesPerSecond, (settings, value) => settings.Gateway.Options.MinBytesPerSecond = value },
        { "gateway-transfer-timeout", Timeout, "How long a whole transfer from an origin may take.",
            settings => settings.Gateway.Options.TransferTimeout, (settings, value) => settings.Gateway.Options.TransferTimeout = value },
        { "gateway-signing-key", Units.Path, "File with the RSA key, PEM, that signs the entries of what the gateway fetched; none: they are unsigned.",
            settings => settings.Gateway.SigningKey, (settings, value) => settings.Gateway.SigningKey = value },
        { "gateway-certificates", Units.Path, "File with certificates, PEM: the gateway answers also from entries that these signed.",
            settings => settings.Gateway.Certificates, (settings, value) => settings.Gateway.Certificates = value },
        { "gateway-allow-private", Units.Switch, "Let the gateway connect to addresses that are not of the public internet; for tests and closed networks only.",
            settings => settings.Gateway.Options.AllowPrivateAddresses, (settings, value) => settings.Gateway.Options.AllowPrivateAddresses = value },
        { "gateway-ignore-cache-control", Units.Switch,
            "Keep files although their origin says Cache-Control: no-store or private, Vary: *, or sets a cookie.",
            settings => settings.Gateway.Options.IgnoresCacheControl, (settings, value) => settings.Gateway.Options.IgnoresCacheControl = value },
        { "public-url", PublicUrl, "How clients reach this server, such as https://cache.example, in the links of indexes that it serves; none: as each request says.",
            settings => settings.Cache.PublicUrl, (settings, value) => settings.Cache.PublicUrl = value },
    };

    public GatewayOptions Options { get; } = new();

    /// <summary>File with an RSA key, read when the server starts; null for none.</summary>
    public string? SigningKey { get; set; }

    /// <summary>File with certificates, read when the server starts; null for none.</summary>
    public string? Certificates { get; set; }

    private static string? ParseOrigin(string word, out OriginPattern origin)
    {
        bool isOrigin = OriginPattern.TryParse(word, out OriginPattern? pattern);
        origin = pattern!;
        return isOrigin ? null : "is no host with * for any characters; write *.example.org, example.org:8080 or example.org:*";
    }

    private static string? ParsePublicUrl(string text, out string? url)
    {
        url = text.TrimEnd('/');
        return UpstreamSection.ParseUrl(text, out _);
    }

    private static string? ParsePrefix(string word, out string prefix)
    {
        // URLs are compared with a lower-case host.
        prefix = word.IndexOf('/', Math.Min("https://".Length, word.Length)) is > 0 and int path ? word[..path].ToLowerInvariant() + word[path..] : word;
        return word.StartsWith("https://", StringComparison.Ordinal) || word.StartsWith("http://", StringComparison.Ordinal)
            ? null
            : "no URL begins with; write https://host/path";
    }
}
