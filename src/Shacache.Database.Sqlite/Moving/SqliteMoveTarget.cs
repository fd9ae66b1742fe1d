using Shacache.Core.Blobs;
using Shacache.Core.Moving;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Moving;

/// <summary>The rows of a database that others are moved into.</summary>
internal sealed class SqliteMoveTarget(WriteQueue writer, ReaderPool readers) : IMoveTarget
{
    public ValueTask<IReadOnlyList<MovedRow>> ReadAsync(MovedTable table, MovedRow? after, CancellationToken cancellationToken) =>
        SqliteRows.ReadAsync(readers, table, after, cancellationToken);

    public ValueTask<BlobTotals> CountContentAsync(CancellationToken cancellationToken) => SqliteRows.CountContentAsync(readers, cancellationToken);

    public async ValueTask ChangeAsync(MovedTable table, IReadOnlyList<MovedRow> gone, IReadOnlyList<MovedRow> put, CancellationToken cancellationToken) => await WriteAsync(
        connection =>
        {
            // A line of the audit log may go only when a clean-up names it, as the one in the source did.
            bool isLog = table.Name == "audit_log" && (gone.Count > 0 || put.Count > 0);
            if (isLog)
                connection.Execute("INSERT INTO audit_cleanup (before) VALUES (9223372036854775807)");
            foreach (MovedRow row in gone)
                RowPage.Delete(connection, table, row);
            foreach (MovedRow row in put)
                RowPage.DeleteSame(connection, table, row);
            foreach (MovedRow row in put)
                RowPage.Insert(connection, table, row);
            if (isLog)
                connection.Execute("DELETE FROM audit_cleanup WHERE before = 9223372036854775807");
        },
        $"The table {table.Name} was not written",
        cancellationToken).ConfigureAwait(false);

    public async ValueTask SettleAsync(CancellationToken cancellationToken) => await WriteAsync(
        connection => connection.Execute("UPDATE blob_totals SET (count, length) = (SELECT count(*), ifnull(sum(length), 0) FROM blobs)"),
        "The totals of the index were not written",
        cancellationToken).ConfigureAwait(false);

    private async Task WriteAsync(Action<Connection> write, string failed, CancellationToken cancellationToken)
    {
        try
        {
            await writer.RunAsync(
                connection =>
                {
                    write(connection);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries(failed);
        }
    }
}
