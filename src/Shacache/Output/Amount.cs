using System.Globalization;

namespace Shacache.Cli.Output;

/// <summary>Numbers of bytes, for people, in binary units.</summary>
internal static class Amount
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Such as <c>12.5 MiB</c>.</summary>
    public static string Of(long bytes) => $"{Number(bytes, UnitOf(bytes))} {Units[UnitOf(bytes)]}";

    /// <summary>Such as <c>12.5 of 100.0 MiB</c>.</summary>
    public static string Of(long bytes, long total) => $"{Number(bytes, UnitOf(total))} of {Of(total)}";

    private static int UnitOf(long bytes)
    {
        int unit = 0;
        while (unit < Units.Length - 1 && bytes >> (10 * (unit + 1)) > 0)
            unit++;
        return unit;
    }

    private static string Number(long bytes, int unit) => unit == 0
        ? bytes.ToString(CultureInfo.InvariantCulture)
        : (bytes / (double)(1L << (10 * unit))).ToString("0.0", CultureInfo.InvariantCulture);
}

/// <summary>Numbers of things, for people.</summary>
internal static class Counted
{
    /// <param name="count">How many there are.</param>
    /// <param name="one">What one of them is called.</param>
    /// <param name="many">What several are called, when that is more than an s.</param>
    public static string Of(long count, string one, string? many = null) => $"{count} {(count == 1 ? one : many ?? $"{one}s")}";
}
