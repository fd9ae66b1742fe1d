using Shacache.Core.Entries;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Entries;

/// <summary>Reads a page of keys from rows of (key, time in milliseconds of UTC since 1970, or NULL for none), each key once and in order.</summary>
internal static class KeyRows
{
    /// <summary>The most keys that one page looks at: where few of them are wanted, it is short.</summary>
    public const int MaxVisited = 10_000;

    /// <summary>Whether parameter 1 is a key that is not wanted itself, rather than the first text that is.</summary>
    public static bool IsAfter(KeyQuery query) => query.After is not null && KeyOrder.Compare(query.After.Value, query.Prefix) >= 0;

    /// <summary>Reads.</summary>
    /// <param name="select">Everything bound but parameter 1, where to begin.</param>
    /// <param name="query">What is wanted.</param>
    public static KeyPage Read(Statement select, KeyQuery query)
    {
        select.BindText(1, IsAfter(query) ? query.After!.Value : query.Prefix);
        long since = query.Since?.ToUnixTimeMilliseconds() ?? long.MinValue;
        List<EntryKey> keys = [];
        for (int visited = 1; select.Step(); visited++)
        {
            var key = EntryKey.Create(select.Text(0));
            if (!key.Value.StartsWith(query.Prefix, StringComparison.Ordinal))
                break;
            if (!select.IsNull(1) && select.Int64(1) >= since)
                keys.Add(key);
            if (keys.Count >= query.Limit || visited >= MaxVisited)
                return new KeyPage(keys, key);
        }

        return new KeyPage(keys, null);
    }
}
