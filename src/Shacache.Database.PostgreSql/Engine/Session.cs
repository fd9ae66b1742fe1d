using Npgsql;

namespace Shacache.Database.PostgreSql.Engine;

/// <summary>A connection on loan, inside a transaction when something is changed. Used by one caller at a time.</summary>
/// <param name="connection">The connection.</param>
/// <param name="transaction">The transaction; null for none.</param>
/// <param name="limit">How long the answer to what is sent together may take; null for what the connection says.</param>
internal sealed class Session(NpgsqlConnection connection, NpgsqlTransaction? transaction, TimeSpan? limit = null)
{
    /// <summary>Runs statements, sent together: one round trip.</summary>
    public async Task RunAsync(params IReadOnlyList<Query> queries)
    {
        if (queries.Count == 0)
            return;
        await using NpgsqlBatch batch = new(connection, transaction);
        if (limit is { } time)
            batch.Timeout = (int)time.TotalSeconds;
        foreach (Query query in queries)
            batch.BatchCommands.Add(query.Command);

        // Not cancelled half-way: that costs a connection and a round trip more than the statements do, which are bounded.
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        bool isFirst = true;
        foreach (Query query in queries)
        {
            if (query.Row is not { } row)
                continue;

            // Statements without rows are passed by.
            if (!isFirst)
                await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false);
            isFirst = false;
            while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
                row(reader);
        }

        // The counts of all are known, and their errors thrown, only when the last was read.
        while (await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false))
        {
        }
    }

    /// <returns>How many rows a statement changed.</returns>
    public async Task<int> ChangeAsync(Query query)
    {
        await RunAsync([query]).ConfigureAwait(false);
        return query.Count;
    }

    /// <summary>All rows.</summary>
    public async Task<List<T>> ListAsync<T>(Query query, Func<NpgsqlDataReader, T> read)
    {
        List<T> rows = [];
        await RunAsync([query.Into(row => rows.Add(read(row)))]).ConfigureAwait(false);
        return rows;
    }

    /// <summary>The only row; the default when there is none.</summary>
    public async Task<T?> FindAsync<T>(Query query, Func<NpgsqlDataReader, T> read)
    {
        T? found = default;
        await RunAsync([query.Into(row => found = read(row))]).ConfigureAwait(false);
        return found;
    }
}
