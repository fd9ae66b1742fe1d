using System.Globalization;

namespace Shacache.Http.Pages.Markup;

/// <summary>Numbers and times as people read them.</summary>
internal static class Words
{
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>1536 as <c>1.5 KiB</c>.</summary>
    public static string Size(long bytes)
    {
        double amount = bytes;
        int unit = 0;
        for (; amount >= 1024 && unit < Units.Length - 1; unit++)
            amount /= 1024;
        return unit == 0 ? bytes == 1 ? "1 byte" : $"{bytes} bytes" : $"{amount.ToString(amount < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    /// <summary>With a space for each thousand.</summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u00a0');

    /// <summary><c>1 object</c>, <c>2 objects</c>.</summary>
    public static string Count(long count, string one, string many) => $"{Count(count)} {(count == 1 ? one : many)}";

    /// <summary>A share, or a dash when there is nothing to have a share of.</summary>
    public static string Share(long part, long all)
    {
        if (all == 0 || part == all)
            return all == 0 ? "–" : "100 %";
        double percent = 100.0 * part / all;

        // Not all of it is never rounded to all of it.
        return $"{(part < all ? Math.Min(99.9, percent) : percent).ToString("0.0", CultureInfo.InvariantCulture)} %";
    }

    /// <summary>How long something took or lasts.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 730 } => $"{(int)(span.TotalDays / 365)} years",
        { TotalDays: >= 2 } => $"{(int)span.TotalDays} days",
        { TotalHours: >= 2 } => $"{(int)span.TotalHours} hours",
        { TotalMinutes: >= 2 } => $"{(int)span.TotalMinutes} minutes",
        { TotalSeconds: >= 2 } => $"{(int)span.TotalSeconds} seconds",
        _ => "a moment",
    };

    /// <summary>A time, and how far away it is.</summary>
    public static Html Time(DateTimeOffset at, DateTimeOffset now)
    {
        TimeSpan away = now - at;
        string distance = away < TimeSpan.Zero ? $"in {Span(-away)}" : $"{Span(away)} ago";
        return Html.Of($"<time datetime=\"{Iso(at)}\">{at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}</time> <span class=\"aside\">{distance}</span>");
    }

    private static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
