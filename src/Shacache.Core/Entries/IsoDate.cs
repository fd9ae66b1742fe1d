namespace Shacache.Core.Entries;

/// <summary>Reads the ISO 8601 dates that clients write into entries; one without a zone is UTC.</summary>
/// <remarks>
/// Calendar dates, with or without their separators: <c>2026-01-02</c>, <c>2026-01-02T03:04:05.678+01:00</c>,
/// <c>20260102T030405Z</c>; a space for the T; hours alone, hours and minutes; a fraction of 1 to 9 digits after the seconds
/// (what is below 100 ns is cut off); zones Z, +01, +0100, +01:00 and, as Python writes some, +01:00:30.
/// 24:00:00 is the end of the day, second 60 the beginning of the next minute. A moment that only its zone moves out of the
/// years 1 to 9999 becomes the first or the last moment of them: "never" is often written as the end of 9999.
/// Week dates, ordinal dates and signs before the year are not read.
/// </remarks>
internal static class IsoDate
{
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset date)
    {
        date = default;
        if (!TryTakeDay(ref text, out DateTime day))
            return false;

        long ticks = day.Ticks;
        if (!text.IsEmpty)
        {
            if (text[0] is not ('T' or 't' or ' '))
                return false;
            text = text[1..];
            if (!TryTakeTime(ref text, out long timeTicks) || !TryTakeZone(ref text, out long zoneTicks) || !text.IsEmpty)
                return false;
            ticks += timeTicks - zoneTicks;
        }

        date = new DateTimeOffset(Math.Clamp(ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), TimeSpan.Zero);
        return true;
    }

    private static bool TryTakeDay(ref ReadOnlySpan<char> text, out DateTime day)
    {
        day = default;
        if (!TryTakeNumber(ref text, 4, out int year))
            return false;
        bool extended = TryTake(ref text, '-');
        if (!TryTakeNumber(ref text, 2, out int month) || TryTake(ref text, '-') != extended || !TryTakeNumber(ref text, 2, out int dayOfMonth))
            return false;
        if (year == 0 || month is < 1 or > 12 || dayOfMonth < 1 || dayOfMonth > DateTime.DaysInMonth(year, month))
            return false;
        day = new DateTime(year, month, dayOfMonth, 0, 0, 0, DateTimeKind.Utc);
        return true;
    }

    private static bool TryTakeTime(ref ReadOnlySpan<char> text, out long ticks)
    {
        if (!TryTakeClock(ref text, out int hour, out int minute, out int second, out bool hasSeconds))
        {
            ticks = 0;
            return false;
        }

        long fraction = 0;
        if (hasSeconds && text is ['.' or ',', ..])
        {
            text = text[1..];
            if (!TryTakeFraction(ref text, out fraction))
            {
                ticks = 0;
                return false;
            }
        }

        ticks = (((((hour * 60L) + minute) * 60) + second) * TimeSpan.TicksPerSecond) + fraction;
        return minute <= 59 && second <= 60 && (hour <= 23 || ticks == TimeSpan.TicksPerDay);
    }

    private static bool TryTakeZone(ref ReadOnlySpan<char> text, out long ticks)
    {
        ticks = 0;
        if (text.IsEmpty || TryTake(ref text, 'Z') || TryTake(ref text, 'z'))
            return true;
        int sign = text[0] switch { '+' => 1, '-' => -1, _ => 0 };
        text = text[1..];
        if (sign == 0 || !TryTakeClock(ref text, out int hour, out int minute, out int second, out _))
            return false;
        ticks = sign * new TimeSpan(hour, minute, second).Ticks;
        return hour <= 23 && minute <= 59 && second <= 59;
    }

    /// <summary>Two, four or six digits, with colons between all pairs or none.</summary>
    private static bool TryTakeClock(ref ReadOnlySpan<char> text, out int hour, out int minute, out int second, out bool hasSeconds)
    {
        minute = 0;
        second = 0;
        hasSeconds = false;
        if (!TryTakeNumber(ref text, 2, out hour))
            return false;
        bool extended = TryTake(ref text, ':');
        if (!TryTakeNumber(ref text, 2, out minute))
            return !extended;
        if (extended ? !TryTake(ref text, ':') : text is not [>= '0' and <= '9', ..])
            return true;
        hasSeconds = true;
        return TryTakeNumber(ref text, 2, out second);
    }

    private static bool TryTakeFraction(ref ReadOnlySpan<char> text, out long ticks)
    {
        ticks = 0;
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? text.Length : digits;
        for (int i = 0; i < 7; i++)
            ticks = (ticks * 10) + (i < digits ? text[i] - '0' : 0);
        text = text[digits..];
        return digits is >= 1 and <= 9;
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<char> text, int digits, out int number)
    {
        number = 0;
        if (text.Length < digits || text[..digits].ContainsAnyExceptInRange('0', '9'))
            return false;
        foreach (char digit in text[..digits])
            number = (number * 10) + (digit - '0');
        text = text[digits..];
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<char> text, char wanted)
    {
        if (text.IsEmpty || text[0] != wanted)
            return false;
        text = text[1..];
        return true;
    }
}
