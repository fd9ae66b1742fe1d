using System.Globalization;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Core.Blobs;
using Shacache.Core.Savings;

namespace Shacache.Cli.Configuration.Features;

/// <summary>How much the server stores, and what has to go.</summary>
internal sealed class RoomSettings
{
    private static readonly SettingUnit<long> Sizes = Units.Size(0, 1024 * Units.TiB);

    private static readonly SettingUnit<long?> OptionalSize = new(
        "size",
        static (text, out bytes) =>
        {
            string? problem = Sizes.Parse(text, out long size);
            bytes = problem is null ? size : null;
            return problem;
        },
        static bytes => bytes is { } size ? Sizes.Format(size) : "");

    private static readonly SettingUnit<DiskReserve> Reserve = new("size or per cent", ParseReserve, static reserve =>
        reserve.Bytes is { } bytes ? Sizes.Format(bytes) : string.Create(CultureInfo.InvariantCulture, $"{reserve.Percent}%"));

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "max-store-size", OptionalSize,
            "The most bytes of content. Above it, content is removed in the background in the order of evict-order, down to 95% of it.",
            settings => settings.Room.Options.MaxBytes, (settings, value) => settings.Room.Options.MaxBytes = value },
        { "min-free-space", Reserve,
            "So much of the file system of the data folder stays free, in bytes or as a share (5%): below it content is removed in the same way, down to 1GiB. The default is at most a tenth of the file system.",
            settings => settings.Room.Options.MinFree, (settings, value) => settings.Room.Options.MinFree = value },
        { "local-cache-size", Sizes,
            "With content in an object store: the most bytes of what is read from there that this node keeps in the folder local-cache of its data, least recently used first out; 0 keeps none.",
            settings => settings.Room.LocalCacheBytes, (settings, value) => settings.Room.LocalCacheBytes = value },
        { "evict-order", Units.Word("is no order", StringComparison.Ordinal, "least-recent", "cost"),
            "What goes first: what was not used for the longest time; or what costs least time to get back, for each of its bytes and uses.",
            settings => (int)settings.Room.Options.Order - 1, (settings, value) => settings.Room.Options.Order = (EvictionOrder)(value + 1) },
        { "evict-grace", Units.Time(TimeSpan.Zero, 365 * Units.Day),
            "For so long nothing is removed to make room after it was stored, or after a client was told that it is there.",
            settings => settings.Room.Options.Grace, (settings, value) => settings.Room.Options.Grace = value },
    };

    public StoreBudgetOptions Options { get; } = new();

    public long LocalCacheBytes { get; set; } = 10L << 30;

    private static string? ParseReserve(string text, out DiskReserve reserve)
    {
        if (!text.EndsWith('%'))
        {
            string? problem = Sizes.Parse(text, out long bytes);
            reserve = new DiskReserve(bytes, Percent: 100);
            return problem is null ? null : $"{problem}, or a share such as 5%";
        }

        bool isShare = int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent) && percent < 100;
        reserve = new DiskReserve(Bytes: null, percent);
        return isShare ? null : "is no share; write 0% to 99%, or a size such as 10GiB";
    }
}
