using System.Globalization;

namespace Shacache.Cli.Configuration.Declaration;

/// <summary>The units that several features use. One that belongs to a single feature stands in its file.</summary>
internal static class Units
{
    public const long KiB = 1L << 10;
    public const long MiB = 1L << 20;
    public const long TiB = 1L << 40;

    public static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    public static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static SettingUnit<bool> Switch { get; } = new("true or false", ParseSwitch, value => value ? "true" : "false", SettingForm.Switch);

    /// <summary>A file or folder; null for none. Relative to where the server is started.</summary>
    public static SettingUnit<string?> Path { get; } = new("path", ParsePath, path => path ?? "");

    public static SettingUnit<long> Size(long min, long max) => Sizes("size", min, max);

    public static SettingUnit<long> SizePerSecond(long min, long max) => Sizes("size per second", min, max);

    public static SettingUnit<TimeSpan> Time(TimeSpan min, TimeSpan max) => new(
        "duration",
        (text, out time) =>
        {
            bool isDuration = Duration.TryParse(text, out Duration duration);
            time = duration.Time;
            if (!isDuration)
                return "is not a duration; write digits and ms, s, m, h or d, such as 30s";
            return time < min || time > max ? $"is out of bounds; write a duration from {new Duration(min)} to {new Duration(max)}" : null;
        },
        // Beside others of 10s and 20s.
        time => time == TimeSpan.FromMinutes(1) ? "60s" : new Duration(time).ToString());

    public static SettingUnit<int> Number(int min, int max) => new(
        "number",
        (text, out number) => !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number < min || number > max
            ? $"is not a whole number from {min} to {max}"
            : null,
        number => number.ToString(CultureInfo.InvariantCulture));

    /// <summary>One of several words, as its place among them. Not as a value of the enumeration: that would be compiled anew at every start.</summary>
    /// <param name="otherwise">What any other text is, such as <c>is no level</c>.</param>
    /// <param name="comparison">Whether capitals count.</param>
    /// <param name="words">The words, in the order of the enumeration's members.</param>
    public static SettingUnit<int> Word(string otherwise, StringComparison comparison, params string[] words) => new(
        "word",
        (text, out place) =>
        {
            place = Array.FindIndex(words, word => word.Equals(text, comparison));
            return place < 0 ? $"{otherwise}; write {string.Join(", ", words[..^1])} or {words[^1]}" : null;
        },
        place => words[place]);

    /// <summary>Values with white space between.</summary>
    /// <param name="name">The unit's name.</param>
    /// <param name="parse">Reads one of them.</param>
    /// <param name="format">Writes one of them.</param>
    public static SettingUnit<IReadOnlyList<T>> List<T>(string name, SettingParser<T> parse, Func<T, string> format) => new(
        name,
        (text, out values) =>
        {
            List<T> read = [];
            values = read;
            foreach (string word in Words(text))
            {
                if (parse(word, out T value) is { } problem)
                    return $"has {word}, which {problem}";
                read.Add(value);
            }

            return null;
        },
        values => string.Join(' ', values.Select(format)),
        SettingForm.List);

    public static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static SettingUnit<long> Sizes(string name, long min, long max) => new(
        name,
        (text, out bytes) =>
        {
            bool isSize = ByteSize.TryParse(text, out ByteSize size);
            bytes = size.Bytes;
            if (!isSize)
                return "is not a size; write digits and B, KiB, MiB, GiB or TiB, such as 20GiB";
            return bytes < min || bytes > max ? $"is out of bounds; write a size from {new ByteSize(min)} to {new ByteSize(max)}" : null;
        },
        bytes => new ByteSize(bytes).ToString());

    private static string? ParseSwitch(string text, out bool value)
    {
        value = text.ToLowerInvariant() is "true" or "yes" or "on" or "1";
        return value || text.ToLowerInvariant() is "false" or "no" or "off" or "0" ? null : "is neither true nor false";
    }

    private static string? ParsePath(string text, out string? path)
    {
        path = text.Length == 0 ? null : System.IO.Path.GetFullPath(text);
        return null;
    }
}
