using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Moving;
using Shacache.Database.Sqlite.Accounts;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Entries;

namespace Shacache.Database.Sqlite.Moving;

/// <summary>Rows of any table as values, and back.</summary>
internal static class RowPage
{
    /// <summary>The most rows that are read at a time.</summary>
    public const int MaxRows = 1000;

    private const int MaxBytes = 4 << 20;

    /// <summary>Reads some rows after one.</summary>
    public static List<MovedRow> Read(Connection connection, MovedTable table, MovedRow? after)
    {
        TableStatements statements = TableStatements.Of(table);
        using Statement select = connection.PrepareMade(after is null ? statements.SelectFirst : statements.SelectAfter);
        if (after is not null)
            Bind(select, table, after, table.KeyCount);
        List<MovedRow> page = [];
        for (int length = 0; length < MaxBytes && select.Step(); length += page[^1].Length)
            page.Add(new MovedRow([.. table.Columns.Select((column, number) => Value(select, number, column.Kind))]));
        return page;
    }

    /// <summary>How much content the index knows.</summary>
    public static BlobTotals CountContent(Connection connection)
    {
        using Statement select = connection.Prepare("SELECT count, length FROM blob_totals");
        return select.Step() ? new BlobTotals(select.Int64(0), select.Int64(1)) : default;
    }

    /// <summary>Deletes a row. Inside the writer's transaction.</summary>
    public static void Delete(Connection connection, MovedTable table, MovedRow row)
    {
        using Statement delete = connection.PrepareMade(TableStatements.Of(table).Delete);
        Bind(delete, table, row, table.KeyCount);
        delete.Run();
    }

    /// <summary>Deletes what is in the way of a row. Inside the writer's transaction.</summary>
    public static void DeleteSame(Connection connection, MovedTable table, MovedRow row)
    {
        TableStatements statements = TableStatements.Of(table);
        using Statement delete = connection.PrepareMade(statements.DeleteSame);
        Bind(delete, table, row, statements.SameCount);
        delete.Run();
    }

    /// <summary>Puts a row. Inside the writer's transaction.</summary>
    public static void Insert(Connection connection, MovedTable table, MovedRow row)
    {
        using Statement insert = connection.PrepareMade(TableStatements.Of(table).Insert);
        Bind(insert, table, row, table.Columns.Count);
        if (table.Name == "entries")
        {
            var entry = SignedEntry.Restore((string)row.Values[2]!, (string)row.Values[3]!, default, null);
            insert.Bind(table.Columns.Count + 1, EntryRow.HashOf(EntryKey.Create((string)row.Values[1]!))).Bind(table.Columns.Count + 2, EntryRow.HashOf(entry));
        }

        insert.Run();
    }

    private static void Bind(Statement statement, MovedTable table, MovedRow row, int count)
    {
        for (int column = 0; column < count; column++)
            Bind(statement, column + 1, table.Columns[column].Kind, row.Values[column]);
    }

    private static void Bind(Statement statement, int parameter, MovedKind kind, object? value)
    {
        switch (value)
        {
            case null:
                statement.Bind(parameter, null);
                break;
            case long number:
                statement.Bind(parameter, number);
                break;
            case byte[] bytes:
                statement.BindBlob(parameter, bytes);
                break;
            case string text when kind == MovedKind.Signature:
                EntryRow.BindSignature(statement, parameter, text, EntryRow.Compact(text));
                break;
            case string text when kind == MovedKind.Subject:
                AuditRow.BindSubject(statement, parameter, text);
                break;
            default:
                statement.BindText(parameter, (string)value);
                break;
        }
    }

    private static object? Value(Statement row, int column, MovedKind kind)
    {
        if (row.IsNull(column))
            return null;
        return kind switch
        {
            MovedKind.Number or MovedKind.Flag => row.Int64(column),
            MovedKind.Bytes => row.Bytes(column).ToArray(),
            MovedKind.Signature when row.IsBlob(column) => Convert.ToBase64String(row.Bytes(column)),
            MovedKind.Subject when row.IsBlob(column) => new Digest(row.Bytes(column)).ToString(),

            // Not every database has NUL in its texts.
            _ => row.Text(column).Replace('\0', '\uFFFD'),
        };
    }
}
