using System.Globalization;

namespace Shacache.Cli.Configuration.Declaration;

/// <summary>A number of bytes, written with a binary unit: <c>20GiB</c>, <c>64KiB</c>, <c>240B</c>.</summary>
internal readonly record struct ByteSize(long Bytes)
{
    private static readonly (string Unit, int Shift)[] Units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)];

    /// <summary>Reads digits and a unit; without a unit only <c>0</c>.</summary>
    public static bool TryParse(string text, out ByteSize size)
    {
        size = default;
        if (text == "0")
            return true;
        foreach ((string unit, int shift) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                continue;
            bool parsed = long.TryParse(text.AsSpan(0, text.Length - unit.Length).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out long number);
            if (!parsed || number > long.MaxValue >> shift)
                return false;
            size = new ByteSize(number << shift);
            return true;
        }

        return false;
    }

    /// <summary>The largest unit that leaves a whole number.</summary>
    public override string ToString()
    {
        foreach ((string unit, int shift) in Units)
        {
            if (Bytes != 0 && Bytes % (1L << shift) == 0)
                return $"{Bytes >> shift}{unit}";
        }

        return "0";
    }
}
