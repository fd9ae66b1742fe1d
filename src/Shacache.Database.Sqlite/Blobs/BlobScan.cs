using Shacache.Core.Blobs;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Savings;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>Looks at every row of table <c>blobs</c> once, a page at a time: no connection is held between two pages, and the writer takes no part.</summary>
/// <remarks>An index for each question would cost every upload; who asks is a person.</remarks>
internal sealed class BlobScan(ReaderPool readers)
{
    private const int PageRows = 4096;

    public async ValueTask<IReadOnlyList<BlobUsage>> FindTopAsync(BlobTop by, int limit, CancellationToken cancellationToken)
    {
        // The least of those that are kept is on top.
        PriorityQueue<BlobUsage, long> kept = new();
        await ScanAsync(
            (connection, after) =>
            {
                using Statement select = connection.Prepare($"SELECT {BlobRow.UsageColumns} FROM blobs WHERE id > ?1 ORDER BY id LIMIT ?2");
                select.Bind(1, after).Bind(2, PageRows);
                int count = 0;
                for (; select.Step(); count++)
                {
                    after = select.Int64(7);
                    long uses = select.Int64(5);
                    if (by == BlobTop.NeverRead ? uses > 0 : by == BlobTop.MostRead && uses == 0)
                        continue;
                    long weight = by == BlobTop.MostRead ? uses : select.Int64(1);
                    if (kept.Count < limit)
                        kept.Enqueue(BlobRow.Usage(select), weight);
                    else if (kept.TryPeek(out _, out long least) && weight > least)
                        kept.DequeueEnqueue(BlobRow.Usage(select), weight);
                }

                return (after, count);
            },
            cancellationToken).ConfigureAwait(false);
        var found = new BlobUsage[kept.Count];
        for (int i = found.Length - 1; i >= 0; i--)
            found[i] = kept.Dequeue();
        return found;
    }

    public async ValueTask<IReadOnlyList<BlobGroup>> FindTopGroupsAsync(BlobGrouping by, int limit, CancellationToken cancellationToken)
    {
        Dictionary<long, (long Count, long LengthBytes, long Uses)> groups = [];
        await ScanAsync(
            (connection, after) =>
            {
                using Statement select = by == BlobGrouping.Account
                    ? connection.Prepare("SELECT id, length, uses, uploader FROM blobs WHERE id > ?1 ORDER BY id LIMIT ?2")
                    : connection.Prepare("SELECT id, length, uses, prefix FROM blobs WHERE id > ?1 ORDER BY id LIMIT ?2");
                select.Bind(1, after).Bind(2, PageRows);
                int count = 0;
                for (; select.Step(); count++)
                {
                    after = select.Int64(0);
                    (long Count, long LengthBytes, long Uses) sum = groups.GetValueOrDefault(select.Int64(3));
                    groups[select.Int64(3)] = (sum.Count + 1, sum.LengthBytes + select.Int64(1), sum.Uses + select.Int64(2));
                }

                return (after, count);
            },
            cancellationToken).ConfigureAwait(false);
        var top = groups.OrderByDescending(group => group.Value.LengthBytes).Take(limit).ToArray();
        return await ReadAsync<IReadOnlyList<BlobGroup>>(
            connection => [.. top.Select(group => new BlobGroup(NameOf(connection, by, group.Key), group.Value.Count, group.Value.LengthBytes, group.Value.Uses))],
            cancellationToken).ConfigureAwait(false);
    }

    private static string? NameOf(Connection connection, BlobGrouping by, long id)
    {
        if (by == BlobGrouping.Prefix)
            return SavingsTables.NameOfPrefix(connection, id);
        using Statement find = connection.Prepare("SELECT name FROM uploaders WHERE id = ?1");
        return find.Bind(1, id).Step() ? find.Text(0) : null;
    }

    /// <param name="readPage">Reads the page of rows after one; returns the last one, and how many it were.</param>
    /// <param name="cancellationToken">Stops between two pages.</param>
    private async Task ScanAsync(Func<Connection, long, (long Last, int Count)> readPage, CancellationToken cancellationToken)
    {
        (long Last, int Count) page = (long.MinValue, PageRows);
        while (page.Count == PageRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            page = await ReadAsync(connection => readPage(connection, page.Last), cancellationToken).ConfigureAwait(false);

            // The threads of the pool are there for requests, too.
            await Task.Yield();
        }
    }

    private ValueTask<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellationToken) => ReadAsync(readers, read, cancellationToken);

    /// <summary>Reads of the blob index.</summary>
    /// <exception cref="BlobStoreException">It cannot be read.</exception>
    public static async ValueTask<T> ReadAsync<T>(ReaderPool readers, Func<Connection, T> read, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            return read(lease.Connection);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs("The blob index was not read");
        }
    }
}
