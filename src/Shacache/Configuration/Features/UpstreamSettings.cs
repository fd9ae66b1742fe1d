using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Values;
using Shacache.Http.Upstreams;

namespace Shacache.Cli.Configuration.Features;

/// <summary>The caches from which this one fills itself. Those about which there is more to say than their URLs: <see cref="UpstreamSection"/>.</summary>
internal sealed class UpstreamSettings
{
    private static readonly SettingUnit<IReadOnlyList<UpstreamOptions>> UrlPairs = new(
        "URL pairs", ParsePairs, upstreams => string.Join(' ', upstreams.Select(upstream => $"{upstream.CacheUrl} {upstream.DirectoryUrl}")), SettingForm.Pairs);

    private static readonly SettingUnit<TimeSpan> Timeout = Units.Time(Units.Millisecond, Units.Day);
    private static readonly SettingUnit<TimeSpan> TimeToLive = Units.Time(TimeSpan.Zero, Units.Day);

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "upstream", UrlPairs,
            "Caches that are asked for what is not here, in order of preference: of each the URL of its content store, and that of its directory.",
            settings => settings.Upstreams.Listed, (settings, value) => settings.Upstreams.Listed = value },
        { "peer", UrlPairs, "Other servers of this site, written in the same way: asked before the upstreams, and only for what they have themselves.",
            settings => settings.Upstreams.Peers, (settings, value) => settings.Upstreams.Peers = value },
        { "upstream-order", Units.Word("is no order", StringComparison.Ordinal, "listed", "fastest"),
            "Which upstream is asked first: listed for the first in the list, fastest for the one that answered fastest recently.",
            settings => (int)settings.Upstreams.Options.Order, (settings, value) => settings.Upstreams.Options.Order = (UpstreamOrder)value },
        { "upstream-connect-timeout", Timeout, "How long a connection to an upstream may take, TLS included.",
            settings => settings.Upstreams.Limits.ConnectTimeout, (settings, value) => settings.Upstreams.Limits.ConnectTimeout = value },
        { "upstream-timeout", Timeout, "How long an upstream may take to begin its answer, redirects included.",
            settings => settings.Upstreams.Limits.FirstByteTimeout, (settings, value) => settings.Upstreams.Limits.FirstByteTimeout = value },
        { "upstream-stall-timeout", Timeout, "How long an upstream may send nothing in the middle of an answer.",
            settings => settings.Upstreams.Limits.StallTimeout, (settings, value) => settings.Upstreams.Limits.StallTimeout = value },
        { "upstream-min-rate", Units.SizePerSecond(0, Units.TiB),
            "An upstream that sends less than this, on average over upstream-stall-timeout, counts as one that sends nothing; 0 is any rate.",
            settings => settings.Upstreams.Limits.MinBytesPerSecond, (settings, value) => settings.Upstreams.Limits.MinBytesPerSecond = value },
        { "upstream-hedge-delay", Timeout, "How long an upstream may take to begin its answer before the next one is asked as well.",
            settings => settings.Upstreams.Options.HedgeDelay, (settings, value) => settings.Upstreams.Options.HedgeDelay = value },
        { "upstream-max-hops", Units.Number(1, 100), "How many servers a request may have passed on its way here; after more no upstream is asked.",
            settings => settings.Upstreams.Options.MaxHops, (settings, value) => settings.Upstreams.Options.MaxHops = value },
        { "upstream-max-transfers", Units.Number(1, 10_000), "Blobs that are filled from upstreams at once; a further one is refused with 503.",
            settings => settings.Upstreams.Options.MaxTransfers, (settings, value) => settings.Upstreams.Options.MaxTransfers = value },
        { "forward", Units.Switch, "Send what is put here to the first upstream as well (no peer), in the background; of those with sections, to those that say so.",
            settings => settings.Upstreams.Forward, (settings, value) => settings.Upstreams.Forward = value },
        { "negative-ttl", TimeToLive, "How long it is remembered that no upstream has a blob or a key.",
            settings => settings.Upstreams.Options.NegativeTtl, (settings, value) => settings.Upstreams.Options.NegativeTtl = value },
        { "directory-ttl", TimeToLive, "How long a listing with entries of upstreams is used before they are asked again.",
            settings => settings.Upstreams.Options.DirectoryTtl, (settings, value) => settings.Upstreams.Options.DirectoryTtl = value },
        { "directory-keep", Units.Time(TimeSpan.FromHours(1), TimeSpan.FromDays(36_500)),
            "How long what upstreams list under a key is kept after it was last requested.",
            settings => settings.Upstreams.Options.DirectoryKeep, (settings, value) => settings.Upstreams.Options.DirectoryKeep = value },
    };

    public ProximityOptions Options { get; } = new();

    /// <summary>What holds for every upstream whose section says nothing else.</summary>
    public UpstreamLimits Limits { get; } = new();

    public IReadOnlyList<UpstreamOptions> Listed { get; set; } = [];

    public IReadOnlyList<UpstreamOptions> Peers { get; set; } = [];

    /// <summary>Upstreams and peers with a section of their own, in the order of the file.</summary>
    public IReadOnlyList<UpstreamSection> Sections { get; set; } = [];

    public bool Forward { get; set; }

    /// <summary>All of them, in the order of preference but for peers, which come first wherever they are.</summary>
    public IEnumerable<UpstreamOptions> All => [.. Listed, .. Peers, .. Sections.Select(section => section.Options)];

    /// <summary>Completes the options, once everything is read: an upstream depends on settings that hold for all, and on whether others are named.</summary>
    public void Complete()
    {
        foreach (UpstreamOptions upstream in Listed.Concat(Peers))
            upstream.Limits = Limits;
        foreach (UpstreamOptions peer in Peers)
            peer.IsPeer = true;
        if (Forward && !All.Any(upstream => upstream.IsForwardedTo) && All.FirstOrDefault(upstream => !upstream.IsPeer) is { } first)
            first.IsForwardedTo = true;
        Options.Upstreams = [.. All];
    }

    private static string? ParsePairs(string text, out IReadOnlyList<UpstreamOptions> upstreams)
    {
        List<UpstreamOptions> read = [];
        upstreams = read;
        string[] words = Units.Words(text);
        if (words.Length % 2 != 0)
            return "does not come in pairs; write the URL of the content store, and that of the directory, of each";
        foreach (string[] pair in words.Chunk(2))
        {
            Uri? directory = null;
            if ((UpstreamSection.ParseUrl(pair[0], out Uri? cache) ?? UpstreamSection.ParseUrl(pair[1], out directory)) is { } problem)
                return $"has a URL that {problem}";
            read.Add(new UpstreamOptions { Name = cache!.Authority, CacheUrl = cache, DirectoryUrl = directory! });
        }

        return null;
    }
}
