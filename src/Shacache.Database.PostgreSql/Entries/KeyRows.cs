using Shacache.Core.Entries;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Entries;

/// <summary>Reads a page of keys from rows of (key, time in milliseconds since 1970, or NULL for none), each key once and in order.</summary>
internal static class KeyRows
{
    /// <summary>The most keys that one page looks at: where few of them are wanted, it is short.</summary>
    public const int MaxVisited = 10_000;

    /// <summary>Reads.</summary>
    /// <param name="session">A connection.</param>
    /// <param name="select">Selects the rows whose key compares so with parameter 1, in order, as many as parameter 2 says.</param>
    /// <param name="addMore">Adds the other parameters.</param>
    /// <param name="query">What is wanted.</param>
    public static async Task<KeyPage> ReadAsync(Session session, Func<string, Query> select, Func<Query, Query> addMore, KeyQuery query)
    {
        bool isAfter = query.After is not null && KeyOrder.Compare(query.After.Value, query.Prefix) >= 0;
        (string comparison, string bound) = isAfter ? (">", query.After!.Value) : (">=", query.Prefix);
        long since = query.Since?.ToUnixTimeMilliseconds() ?? long.MinValue;
        List<EntryKey> keys = [];
        EntryKey? last = null;
        int visited = 0;
        while (true)
        {
            int rows = 0;
            int wanted = Math.Min(query.Limit, MaxVisited - visited);
            bool isBeyond = false;
            await session.RunAsync([addMore(select(comparison).Add(bound).Add(wanted)).Into(row =>
            {
                rows++;
                var key = EntryKey.Create(row.Text(0));
                isBeyond |= !key.Value.StartsWith(query.Prefix, StringComparison.Ordinal);
                if (isBeyond)
                    return;
                last = key;
                if (row.Int64OrNull(1) is { } time && time >= since)
                    keys.Add(key);
            })]).ConfigureAwait(false);
            visited += rows;
            if (isBeyond || rows < wanted)
                return Page(keys, null, query.Limit);
            if (keys.Count >= query.Limit || visited >= MaxVisited)
                return Page(keys, last, query.Limit);
            (comparison, bound) = (">", last!.Value);
        }
    }

    /// <summary>The last part may have brought more than are wanted.</summary>
    private static KeyPage Page(List<EntryKey> keys, EntryKey? next, int limit) =>
        keys.Count <= limit ? new KeyPage(keys, next) : new KeyPage(keys[..limit], keys[limit - 1]);
}
