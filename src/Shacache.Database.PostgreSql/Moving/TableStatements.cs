using System.Collections.Concurrent;
using Shacache.Core.Entries;
using Shacache.Core.Moving;
using Shacache.Database.PostgreSql.Engine;
using Shacache.Database.PostgreSql.Entries;

namespace Shacache.Database.PostgreSql.Moving;

/// <summary>The statements for one table, whose texts are made once.</summary>
internal sealed class TableStatements
{
    private const string Entries = "entries";

    private static readonly ConcurrentDictionary<string, TableStatements> Made = new(StringComparer.Ordinal);

    private readonly MovedTable _table;
    private readonly string[] _names;
    private readonly string _selectFirst;
    private readonly string _selectAfter;
    private readonly string _insert;
    private readonly string _delete;
    private readonly string _deleteSame;
    private readonly int[] _same;

    private TableStatements(MovedTable table)
    {
        _table = table;
        _names = [.. table.Columns.Select(column => column.Name)];
        int[] keys = [.. Enumerable.Range(0, table.KeyCount)];
        string key = string.Join(", ", _names.Take(table.KeyCount));

        // Their texts may be long.
        int maxRows = table.Columns.Any(column => column.Kind == MovedKind.Signature) ? 64 : 1000;
        string select = $"SELECT {string.Join(", ", table.Columns.Select(Read))} FROM {table.Name}";
        string end = $"ORDER BY {key} LIMIT {maxRows}";
        _selectFirst = $"{select} {end}";
        _selectAfter = $"{select} WHERE ({key}) > ({string.Join(", ", keys.Select(column => $"${column + 1}"))}) {end}";

        // What other databases do not have: the hash of an entry comes after its columns, and the rest begins anew.
        (string name, string value)[] extra = table.Name switch
        {
            Entries => [("pair", $"${_names.Length + 1}")],
            "blobs" => [("seen", "0")],
            "blob_order" => [("rebuild", "0")],
            _ => [],
        };
        _insert = $"INSERT INTO {table.Name} ({string.Join(", ", [.. _names, .. extra.Select(column => column.name)])}) OVERRIDING SYSTEM VALUE " +
            $"VALUES ({string.Join(", ", [.. table.Columns.Select(Write), .. extra.Select(column => column.value)])})";
        _same = [.. keys.Concat(table.Unique.SelectMany(columns => columns).Select(name => Array.IndexOf(_names, name))).Distinct()];
        _delete = $"DELETE FROM {table.Name} WHERE {Same(_names[..table.KeyCount])}";
        _deleteSame = $"{_delete}{string.Concat(table.Unique.Select(columns => $" OR ({Same(columns)})"))}{(table.Name == Entries ? $" OR pair = ${_same.Length + 1}" : "")}";

        string Same(string[] columns) => string.Join(" AND ", columns.Select(name => $"{name} = ${Array.IndexOf(_same, Array.IndexOf(_names, name)) + 1}"));
    }

    /// <summary>The column whose next number PostgreSQL draws; null for none.</summary>
    public string? Identity => _table.KeyCount == 1 && _names[0] is "id" or "number" or "position" ? _names[0] : null;

    public static TableStatements Of(MovedTable table) => Made.GetOrAdd(table.Name, static (_, table) => new TableStatements(table), table);

    /// <summary>Some rows after one.</summary>
    public Query Select(MovedRow? after) => after is null ? new Query(_selectFirst) : Add(new Query(_selectAfter), Enumerable.Range(0, _table.KeyCount), after);

    public Query Insert(MovedRow row) => AddPair(Add(new Query(_insert), Enumerable.Range(0, _names.Length), row), row);

    public Query Delete(MovedRow row) => Add(new Query(_delete), Enumerable.Range(0, _table.KeyCount), row);

    /// <summary>Deletes what is in the way of a row.</summary>
    public Query DeleteSame(MovedRow row) => AddPair(Add(new Query(_deleteSame), _same, row), row);

    // Columns of numbers have several widths.
    private static string Read(MovedColumn column) => column.Kind switch
    {
        MovedKind.Number => $"{column.Name}::bigint",
        MovedKind.Flag => $"{column.Name}::integer::bigint",
        _ => column.Name,
    };

    private static string Write(MovedColumn column, int number) => column.Kind == MovedKind.Flag ? $"${number + 1} <> 0" : $"${number + 1}";

    private Query Add(Query query, IEnumerable<int> columns, MovedRow row)
    {
        foreach (int column in columns)
        {
            query = _table.Columns[column].Kind switch
            {
                MovedKind.Number or MovedKind.Flag => query.Add((long?)row.Values[column]),
                MovedKind.Bytes => query.Add((byte[]?)row.Values[column]),
                _ => query.Add((string?)row.Values[column]),
            };
        }

        return query;
    }

    private Query AddPair(Query query, MovedRow row) => _table.Name != Entries
        ? query
        : query.Add(EntryRow.PairOf(EntryKey.Create((string)row.Values[1]!), SignedEntry.Restore((string)row.Values[2]!, (string)row.Values[3]!, default, null)));
}
