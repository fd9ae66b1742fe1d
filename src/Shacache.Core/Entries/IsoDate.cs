using System.Globalization;

namespace Shacache.Core.Entries;

/// <summary>Reads the ISO 8601 dates that clients write into entries; one without a zone is UTC.</summary>
internal static class IsoDate
{
    private static readonly string[] Dates = ["yyyy-MM-dd", "yyyyMMdd"];
    private static readonly string[] Times = ["HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFFF", "HHmm", "HHmmss", "HHmmss.FFFFFFF"];
    private static readonly string[] Zones = ["", "zzz", "K"];

    private static readonly string[] Formats =
    [
        .. Dates,
        .. from date in Dates from separator in (string[])["'T'", "' '"] from time in Times from zone in Zones select date + separator + time + zone,
    ];

    public static bool TryParse(string text, out DateTimeOffset date) =>
        DateTimeOffset.TryParseExact(
            text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out date);
}
