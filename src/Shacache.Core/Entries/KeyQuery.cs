namespace Shacache.Core.Entries;

/// <summary>Which keys are wanted, and how many of them at once.</summary>
public sealed record KeyQuery
{
    /// <summary>The most keys of a page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Only keys that begin so; empty for all. Well-formed Unicode, and not always a key itself.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Only keys under which something was added then or later; null for any time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only keys after this one (<see cref="KeyOrder"/>); null to begin with the first.</summary>
    public EntryKey? After { get; init; }

    /// <summary>The most keys of the page, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = MaxLimit;
}

/// <summary>The order in which keys are listed: that of their bytes in UTF-8, independent of the culture.</summary>
public sealed class KeyOrder : IComparer<EntryKey?>
{
    private KeyOrder()
    {
    }

    /// <summary>The one there is.</summary>
    public static KeyOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(EntryKey? x, EntryKey? y) => x is null || y is null ? (x is null ? 0 : 1) - (y is null ? 0 : 1) : Compare(x.Value, y.Value);

    /// <summary>Compares two well-formed texts, such as the beginning of a key.</summary>
    public static int Compare(string first, string second)
    {
        int same = first.AsSpan().CommonPrefixLength(second);
        if (same == first.Length || same == second.Length)
            return first.Length - second.Length;

        // Half of a character beyond U+FFFF: as a number it is below some of those that it comes after.
        bool isBeyond = char.IsSurrogate(first[same]);
        return isBeyond == char.IsSurrogate(second[same]) ? first[same] - second[same] : isBeyond ? 1 : -1;
    }
}

/// <summary>Some of the keys that were asked for.</summary>
/// <param name="Keys">In their order (<see cref="KeyOrder"/>), each once. May be few, or none, although others follow: a page ends where it took long enough to find them.</param>
/// <param name="Next">After which key the next page begins; null when there are no more.</param>
public sealed record KeyPage(IReadOnlyList<EntryKey> Keys, EntryKey? Next)
{
    /// <summary>One page of the keys of several sources that were asked the same.</summary>
    /// <param name="pages">A page of each.</param>
    /// <param name="limit">The most keys of the whole page.</param>
    public static KeyPage Merge(IReadOnlyCollection<KeyPage> pages, int limit)
    {
        // After the end of the shortest page nothing is known of its source.
        EntryKey? end = pages.Select(page => page.Next).Where(next => next is not null).Min(KeyOrder.Instance);
        List<EntryKey> keys =
        [
            .. pages.SelectMany(page => page.Keys).Where(key => end is null || KeyOrder.Instance.Compare(key, end) <= 0)
                .Distinct().Order(KeyOrder.Instance).Take(limit + 1),
        ];
        return keys.Count <= limit ? new KeyPage(keys, end) : new KeyPage(keys[..limit], keys[limit - 1]);
    }
}
