using System.Globalization;

namespace Shacache.Cli.Configuration.Declaration;

/// <summary>A time span, written with its unit: <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, <c>7d</c>.</summary>
internal readonly record struct Duration(TimeSpan Time)
{
    // "ms" before "s" and "m": the longer unit is looked for first.
    private static readonly (string Unit, long Milliseconds)[] Units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    private static readonly long MaxMilliseconds = (long)TimeSpan.FromDays(3650).TotalMilliseconds;

    /// <summary>Reads digits and a unit; without a unit only <c>0</c>. Ten years are the most.</summary>
    public static bool TryParse(string text, out Duration duration)
    {
        duration = default;
        if (text == "0")
            return true;
        foreach ((string unit, long milliseconds) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                continue;
            bool parsed = long.TryParse(text.AsSpan(0, text.Length - unit.Length).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out long number);
            if (!parsed || number > MaxMilliseconds / milliseconds)
                return false;
            duration = new Duration(TimeSpan.FromMilliseconds(number * milliseconds));
            return true;
        }

        return false;
    }

    /// <summary>The largest unit that leaves a whole number.</summary>
    public override string ToString()
    {
        long total = (long)Time.TotalMilliseconds;
        for (int i = Units.Length - 1; i >= 0; i--)
        {
            (string unit, long milliseconds) = Units[i];
            if (total != 0 && total % milliseconds == 0)
                return $"{total / milliseconds}{unit}";
        }

        return "0";
    }
}
