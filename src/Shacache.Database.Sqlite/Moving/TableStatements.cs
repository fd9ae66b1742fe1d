using System.Collections.Concurrent;
using Shacache.Core.Moving;

namespace Shacache.Database.Sqlite.Moving;

/// <summary>The statements for one table, made once. Parameter n is column n.</summary>
internal sealed class TableStatements
{
    private const string Entries = "entries";

    private static readonly ConcurrentDictionary<string, TableStatements> Made = new(StringComparer.Ordinal);

    private TableStatements(MovedTable table)
    {
        string[] names = [.. table.Columns.Select(column => column.Name)];
        string key = string.Join(", ", names.Take(table.KeyCount));
        string select = $"SELECT {string.Join(", ", names.Select(name => Value(table, name)))} FROM {table.Name}";
        string end = $"ORDER BY {key} LIMIT {RowPage.MaxRows}";
        SelectFirst = $"{select} {end}";
        SelectAfter = $"{select} WHERE ({key}) > ({Parameters(1, table.KeyCount)}) {end}";
        string[] extra = table.Name == Entries ? ["key_hash", "pair_hash"] : [];
        Insert = $"INSERT INTO {table.Name} ({string.Join(", ", [.. names, .. extra])}) VALUES ({Parameters(1, names.Length + extra.Length)})";
        Delete = $"DELETE FROM {table.Name} WHERE {Same(names.Take(table.KeyCount))}";
        SameCount = table.Unique.SelectMany(columns => columns).Select(name => Array.IndexOf(names, name) + 1).Append(table.KeyCount).Max();
        DeleteSame = $"{Delete}{string.Concat(table.Unique.Select(columns => $" OR ({Same(columns)})"))}";

        string Same(IEnumerable<string> columns) => string.Join(" AND ", columns.Select(name => $"{name} = ?{Array.IndexOf(names, name) + 1}"));
    }

    /// <summary>The first rows.</summary>
    public string SelectFirst { get; }

    /// <summary>Those after the key whose columns are the parameters.</summary>
    public string SelectAfter { get; }

    /// <summary>Adds a row. Of entries, what the index holds follows the columns.</summary>
    public string Insert { get; }

    /// <summary>Deletes the row with the same key.</summary>
    public string Delete { get; }

    /// <summary>Deletes that row, and those that have what only one may have.</summary>
    public string DeleteSame { get; }

    /// <summary>The parameters of <see cref="DeleteSame"/>, those between them included.</summary>
    public int SameCount { get; }

    public static TableStatements Of(MovedTable table) => Made.GetOrAdd(table.Name, static (_, table) => new TableStatements(table), table);

    // The last use of a blob is not written where its rank says the same.
    private static string Value(MovedTable table, string name) => (table.Name, name) is ("blobs", "read_at") ? "ifnull(read_at, rank)" : name;

    private static string Parameters(int first, int count) => string.Join(", ", Enumerable.Range(first, count).Select(number => $"?{number}"));
}
