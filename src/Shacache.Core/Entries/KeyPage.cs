namespace Shacache.Core.Entries;

/// <summary>Some of the keys that were asked for.</summary>
/// <param name="Keys">In their order (<see cref="KeyOrder"/>), each once. May be few, or none, although others follow: a page ends where it took long enough to find them.</param>
/// <param name="Next">Behind which key the next page begins; null when there are no more.</param>
public sealed record KeyPage(IReadOnlyList<EntryKey> Keys, EntryKey? Next)
{
    /// <summary>One page of the keys of several sources that were asked the same.</summary>
    /// <param name="pages">A page of each.</param>
    /// <param name="limit">The most keys of the whole page.</param>
    public static KeyPage Merge(IReadOnlyCollection<KeyPage> pages, int limit)
    {
        // Behind the end of the shortest page nothing is known of its source.
        EntryKey? end = pages.Select(page => page.Next).Where(next => next is not null).Min(KeyOrder.Instance);
        List<EntryKey> keys =
        [
            .. pages.SelectMany(page => page.Keys).Where(key => end is null || KeyOrder.Instance.Compare(key, end) <= 0)
                .Distinct().Order(KeyOrder.Instance).Take(limit + 1),
        ];
        return keys.Count <= limit ? new KeyPage(keys, end) : new KeyPage(keys[..limit], keys[limit - 1]);
    }
}
