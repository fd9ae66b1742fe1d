using Shacache.Http.Upstreams;

namespace Shacache.Cli.Configuration;

/// <summary>The part of the table that is about the caches from which this one fills itself.</summary>
internal static class UpstreamSettingKeys
{
    private const long TiB = 1L << 40;
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static IReadOnlyList<SettingKey> All { get; } =
    [
        new("upstream", SettingUnit.UrlPairs, "",
            "Caches that are asked for what is not here, in order of preference: of each the URL of its content store, and that of its directory.",
            (settings, text) => SettingValues.Upstreams(text, isPeer: false, value => settings.Upstreams = value)),
        new("peer", SettingUnit.UrlPairs, "", "Other servers of this site, written alike: asked before the upstreams, and only for what they have themselves.",
            (settings, text) => SettingValues.Upstreams(text, isPeer: true, value => settings.Peers = value)),
        new("upstream-order", SettingUnit.Word, "listed", "Which upstream is asked first: listed for the first in the list, fastest for the one that answered soonest of late.",
            (settings, text) =>
            {
                if (text is not ("listed" or "fastest"))
                    return "is no order; write listed or fastest";
                settings.UpstreamOrder = text == "listed" ? UpstreamOrder.Listed : UpstreamOrder.Fastest;
                return null;
            }),
        new("upstream-connect-timeout", SettingUnit.Time, "5s", "How long a connection to an upstream may take, TLS included.",
            (settings, text) => SettingValues.Time(text, Millisecond, Day, value => settings.UpstreamConnectTimeout = value)),
        new("upstream-timeout", SettingUnit.Time, "20s", "How long an upstream may take to begin its answer, redirects included.",
            (settings, text) => SettingValues.Time(text, Millisecond, Day, value => settings.UpstreamTimeout = value)),
        new("upstream-stall-timeout", SettingUnit.Time, "30s", "How long an upstream may send nothing in the middle of an answer.",
            (settings, text) => SettingValues.Time(text, Millisecond, Day, value => settings.UpstreamStallTimeout = value)),
        new("upstream-min-rate", SettingUnit.SizePerSecond, "1KiB",
            "An upstream that sends less than this, on average over upstream-stall-timeout, counts as one that sends nothing; 0 is any rate.",
            (settings, text) => SettingValues.Size(text, 0, TiB, value => settings.UpstreamMinBytesPerSecond = value)),
        new("upstream-hedge-delay", SettingUnit.Time, "1s", "How long an upstream may take to begin its answer before the next one is asked beside it.",
            (settings, text) => SettingValues.Time(text, Millisecond, Day, value => settings.UpstreamHedgeDelay = value)),
        new("upstream-max-hops", SettingUnit.Number, "8", "Servers that a request may have passed on its way here, for an upstream to be asked.",
            (settings, text) => SettingValues.Number(text, 1, 100, value => settings.UpstreamMaxHops = value)),
        new("upstream-max-transfers", SettingUnit.Number, "256", "Objects that are filled from upstreams at once; a further one is refused with 503.",
            (settings, text) => SettingValues.Number(text, 1, 10_000, value => settings.UpstreamMaxTransfers = value)),
        new("forward", SettingUnit.Switch, "false", "Send what is put here to the first upstream as well (no peer), in the background; of those with sections, to those that say so.",
            (settings, text) => SettingValues.Switch(text, value => settings.Forward = value)),
        new("negative-ttl", SettingUnit.Time, "10s", "How long it is remembered that no upstream has an object or a key.",
            (settings, text) => SettingValues.Time(text, TimeSpan.Zero, Day, value => settings.NegativeTtl = value)),
        new("directory-ttl", SettingUnit.Time, "60s", "How long a listing with entries of upstreams is used before they are asked again.",
            (settings, text) => SettingValues.Time(text, TimeSpan.Zero, Day, value => settings.DirectoryTtl = value)),
        new("directory-keep", SettingUnit.Time, "90d", "How long what upstreams list under a key is kept after somebody asked for it last.",
            (settings, text) => SettingValues.Time(text, TimeSpan.FromHours(1), TimeSpan.FromDays(36_500), value => settings.DirectoryKeep = value)),
    ];
}
