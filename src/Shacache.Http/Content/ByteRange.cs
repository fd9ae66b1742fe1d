namespace Shacache.Http.Content;

/// <summary>The part of an object that a request asks for (RFC 9110, section 14).</summary>
/// <param name="Kind">Whether it is a part at all.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Number of bytes.</param>
internal readonly record struct ByteRange(ByteRangeKind Kind, long Offset, long Length)
{
    private const string Unit = "bytes=";

    /// <summary>Reads a Range header.</summary>
    /// <param name="header">Its value; what is not understood asks for the whole, and so do several ranges.</param>
    /// <param name="objectBytes">Length of the object.</param>
    public static ByteRange Parse(ReadOnlySpan<char> header, long objectBytes)
    {
        var whole = new ByteRange(ByteRangeKind.Whole, 0, objectBytes);
        if (!header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
            return whole;
        ReadOnlySpan<char> range = header[Unit.Length..].Trim(" \t");
        int dash = range.IndexOf('-');
        if (dash < 0 || range.Contains(','))
            return whole;

        ReadOnlySpan<char> firstText = range[..dash].Trim(" \t");
        ReadOnlySpan<char> lastText = range[(dash + 1)..].Trim(" \t");
        bool hasFirst = TryParse(firstText, out long first);
        bool hasLast = TryParse(lastText, out long last);
        if (firstText.IsEmpty && hasLast)
            return Suffix(last, objectBytes);
        if (!hasFirst || (!hasLast && !lastText.IsEmpty) || (hasLast && last < first))
            return whole;
        if (first >= objectBytes)
            return new ByteRange(ByteRangeKind.Unsatisfiable, 0, 0);
        long end = hasLast ? Math.Min(last, objectBytes - 1) : objectBytes - 1;
        return new ByteRange(ByteRangeKind.Part, first, end - first + 1);
    }

    private static ByteRange Suffix(long length, long objectBytes)
    {
        if (length == 0)
            return new ByteRange(ByteRangeKind.Unsatisfiable, 0, 0);
        if (objectBytes == 0)
            return new ByteRange(ByteRangeKind.Whole, 0, 0);
        long part = Math.Min(length, objectBytes);
        return new ByteRange(ByteRangeKind.Part, objectBytes - part, part);
    }

    /// <summary>Digits only; a number beyond 64 bits counts as the largest.</summary>
    private static bool TryParse(ReadOnlySpan<char> digits, out long value)
    {
        value = 0;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
            return false;
        if (!long.TryParse(digits, out value))
            value = long.MaxValue;
        return true;
    }
}

/// <summary>What a Range header asks for.</summary>
internal enum ByteRangeKind
{
    /// <summary>Everything: 200.</summary>
    Whole,

    /// <summary>A part: 206.</summary>
    Part,

    /// <summary>Nothing that there is: 416.</summary>
    Unsatisfiable,
}
