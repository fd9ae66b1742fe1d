using Npgsql;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Moving;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Moving;

/// <summary>The rows of a database, also for others that are moved into it: as long as no node has begun (<see cref="Claims"/>).</summary>
internal sealed class PostgreSqlMoveTarget(Pool pool) : IMoveTarget
{
    public async ValueTask<IReadOnlyList<MovedRow>> ReadAsync(MovedTable table, MovedRow? after, CancellationToken cancellationToken) => await pool.ReadAsync(
        new Attempt(Contract.Entries, $"The table {table.Name} was not read"),
        session => session.ListAsync(TableStatements.Of(table).Select(after), row => Read(row, table)),
        cancellationToken).ConfigureAwait(false);

    public async ValueTask<BlobTotals> CountContentAsync(CancellationToken cancellationToken) => await pool.ReadAsync(
        new Attempt(Contract.Entries, "The totals of the index were not read"),
        session => session.FindAsync(new Query("SELECT count, length FROM blob_totals"), row => new BlobTotals(row.Int64(0), row.Int64(1))),
        cancellationToken).ConfigureAwait(false);

    public async ValueTask ChangeAsync(MovedTable table, IReadOnlyList<MovedRow> gone, IReadOnlyList<MovedRow> put, CancellationToken cancellationToken)
    {
        TableStatements statements = TableStatements.Of(table);
        await pool.ChangeAsync(
            new Attempt(Contract.Entries, $"The table {table.Name} was not written"),
            async session =>
            {
                if (!await Claims.IsHeldAsync(session).ConfigureAwait(false))
                    throw new EntryStoreException("A node has begun to use the database that is copied to, which is its own from now on. Nothing is copied there any more.");
                List<Query> changes = [.. gone.Select(statements.Delete), .. put.Select(statements.DeleteSame), .. put.Select(statements.Insert)];

                // A line of the audit log may go only when a clean-up names it, as the one in the source did.
                if (table.Name == "audit_log")
                {
                    changes.Insert(0, new Query("INSERT INTO audit_cleanup (before) VALUES (9223372036854775807)"));
                    changes.Add(new Query("DELETE FROM audit_cleanup WHERE before = 9223372036854775807"));
                }

                await session.RunAsync(changes).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask SettleAsync(CancellationToken cancellationToken) => await pool.ReadLongAsync(
        new Attempt(Contract.Entries, "The totals of the database were not written"),
        async session =>
        {
            foreach (MovedTable table in MovedTables.All)
            {
                if (TableStatements.Of(table).Identity is { } column)
                {
                    await session.RunAsync(
                        new Query($"SELECT setval(pg_get_serial_sequence('{table.Name}', '{column}'), greatest((SELECT max({column}) FROM {table.Name}), 1))")
                            .Into(_ => { })).ConfigureAwait(false);
                }
            }

            return await session.ChangeAsync(
                new Query("UPDATE blob_totals SET (count, length) = (SELECT count(*), coalesce(sum(length), 0)::bigint FROM blobs)")).ConfigureAwait(false);
        },
        cancellationToken).ConfigureAwait(false);

    private static MovedRow Read(NpgsqlDataReader row, MovedTable table)
    {
        object?[] values = new object?[table.Columns.Count];
        for (int column = 0; column < values.Length; column++)
        {
            values[column] = row.IsDBNull(column) ? null : table.Columns[column].Kind switch
            {
                MovedKind.Number or MovedKind.Flag => row.Int64(column),
                MovedKind.Bytes => row.Bytes(column),
                _ => row.Text(column),
            };
        }

        return new MovedRow(values);
    }
}
