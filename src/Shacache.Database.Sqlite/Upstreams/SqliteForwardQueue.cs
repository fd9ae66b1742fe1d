using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Entries;

namespace Shacache.Database.Sqlite.Upstreams;

/// <summary>The queue of uploads for other caches in SQLite.</summary>
internal sealed class SqliteForwardQueue(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider) : IForwardQueue
{
    private const int PageRows = 64;
    private const string SameDigest = "substr(digest, 1, 8) = substr(?2, 1, 8) AND digest = ?2";
    private const string Select = $"SELECT {ForwardRow.Columns} FROM forwards";

    private const string InsertContent =
        "INSERT INTO forwards (upstream, digest, queued_at, attempts, due_at) SELECT ?1, ?2, ?3, 0, ?3 " +
        $"WHERE NOT EXISTS (SELECT 1 FROM forwards WHERE {SameDigest} AND upstream = ?1 AND key IS NULL AND refused_at IS NULL)";

    private const string InsertEntry =
        "INSERT INTO forwards (upstream, digest, queued_at, attempts, due_at, key, information, signature, expires_at) SELECT ?1, ?2, ?3, 0, ?3, ?4, ?5, ?6, ?7 " +
        $"WHERE NOT EXISTS (SELECT 1 FROM forwards WHERE {SameDigest} AND upstream = ?1 AND refused_at IS NULL AND key = ?4 AND information = ?5 AND signature = ?6)";

    // After a time: ?2. Both bounds are sought in the index.
    private const string SelectNext =
        $"{Select} AS one WHERE upstream = ?1 AND due_at > ?2 AND refused_at IS NULL AND (key IS NULL OR NOT EXISTS (" +
        "SELECT 1 FROM forwards AS content WHERE substr(content.digest, 1, 8) = substr(one.digest, 1, 8) AND content.digest = one.digest " +
        "AND content.upstream = ?1 AND content.key IS NULL AND content.refused_at IS NULL)) ORDER BY due_at, id LIMIT 1";

    // One process at a time has the data folder: so turns are kept in memory.
    private readonly ConcurrentDictionary<string, bool> _turns = new(StringComparer.Ordinal);

    public ValueTask AddAsync(IReadOnlyList<string> upstreams, Digest content, CancellationToken cancellationToken) => ChangeAsync(
        connection =>
        {
            foreach (string upstream in upstreams)
                AddContent(connection, upstream, content);
            return 0;
        },
        cancellationToken);

    public ValueTask AddAsync(IReadOnlyList<string> upstreams, EntryKey key, SignedEntry entry, CancellationToken cancellationToken) => ChangeAsync(
        connection =>
        {
            foreach (string upstream in upstreams)
            {
                AddContent(connection, upstream, entry.Digest);
                AddEntry(connection, upstream, key, entry);
            }

            return 0;
        },
        cancellationToken);

    public ValueTask<IForwardTurn?> TryTakeTurnAsync(string upstream, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<IForwardTurn?>(_turns.TryAdd(upstream, true) ? new Turn(this, upstream) : null);
    }

    public async ValueTask<int> RetryAllAsync(CancellationToken cancellationToken) => await RunAsync(
        connection =>
        {
            using Statement update = connection.Prepare(
                "UPDATE forwards SET refused_at = NULL, attempts = 0, due_at = ?1 WHERE refused_at IS NOT NULL OR attempts > 0");
            update.Bind(1, NowMs()).Run();
            return connection.Changes;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask<int> RemoveRefusedAsync(CancellationToken cancellationToken) => await RunAsync(
        connection =>
        {
            connection.Execute("DELETE FROM forwards WHERE refused_at IS NOT NULL");
            return connection.Changes;
        },
        cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<ForwardItem> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ForwardItem> page = [];
        long after = long.MinValue;
        do
        {
            page.Clear();
            await ReadPageAsync(after, page, cancellationToken).ConfigureAwait(false);
            foreach (ForwardItem item in page)
            {
                yield return item;
                after = item.Id;
            }
        }
        while (page.Count == PageRows);
    }

    public async ValueTask<ForwardTotals> CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement count = lease.Connection.Prepare(
                "SELECT (SELECT count(*) FROM forwards WHERE refused_at IS NULL), (SELECT count(*) FROM forwards WHERE refused_at IS NOT NULL)");
            count.Step();
            return new ForwardTotals(count.Int64(0), count.Int64(1));
        }
        catch (SqliteFailureException e)
        {
            throw NotRead(e);
        }
    }

    private static ForwardItem? FindNext(Connection connection, string upstream, long dueAfterMs)
    {
        using Statement select = connection.Prepare(SelectNext);
        return select.BindText(1, upstream).Bind(2, dueAfterMs).Step() ? ForwardRow.Read(select) : null;
    }

    private static Exception NotRead(SqliteFailureException e) => e.ForEntries("The queue of uploads for upstreams was not read");

    private ReaderPool Readers => readers;

    private DateTimeOffset Now => timeProvider.GetUtcNow();

    private long NowMs() => Now.ToUnixTimeMilliseconds();

    private void AddContent(Connection connection, string upstream, Digest content)
    {
        using Statement insert = connection.Prepare(InsertContent);
        ForwardRow.BindDigest(insert.BindText(1, upstream), 2, content).Bind(3, NowMs()).Run();
    }

    private void AddEntry(Connection connection, string upstream, EntryKey key, SignedEntry entry)
    {
        using Statement insert = connection.Prepare(InsertEntry);
        ForwardRow.BindDigest(insert.BindText(1, upstream), 2, entry.Digest).Bind(3, NowMs())
            .BindText(4, key.Value).BindText(5, entry.Information).Bind(7, entry.ExpiresAt?.UtcTicks);
        EntryRow.BindSignature(insert, 6, entry.Signature, EntryRow.Compact(entry.Signature));
        insert.Run();
    }

    private async ValueTask ReadPageAsync(long after, List<ForwardItem> page, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = lease.Connection.Prepare($"{Select} WHERE id > ?1 ORDER BY id LIMIT ?2");
            select.Bind(1, after).Bind(2, PageRows);
            while (select.Step())
                page.Add(ForwardRow.Read(select));
        }
        catch (SqliteFailureException e)
        {
            throw NotRead(e);
        }
    }

    private async ValueTask ChangeAsync(Func<Connection, int> change, CancellationToken cancellationToken) =>
        await RunAsync(change, cancellationToken).ConfigureAwait(false);

    private async ValueTask<int> RunAsync(Func<Connection, int> change, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(change, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The queue of uploads for upstreams was not changed");
        }
    }

    private sealed class Turn(SqliteForwardQueue queue, string upstream) : IForwardTurn
    {
        public async ValueTask<ForwardItem?> FindNextAsync(TimeSpan longestPause, CancellationToken cancellationToken)
        {
            DateTimeOffset now = queue.Now;
            try
            {
                using ReaderPool.Lease lease = await queue.Readers.RentAsync(cancellationToken).ConfigureAwait(false);
                return FindNext(lease.Connection, upstream, (now + longestPause).ToUnixTimeMilliseconds()) is { } misdated
                    ? misdated with { DueAt = now }
                    : FindNext(lease.Connection, upstream, long.MinValue);
            }
            catch (SqliteFailureException e)
            {
                throw NotRead(e);
            }
        }

        public ValueTask RemoveAsync(ForwardItem item, CancellationToken cancellationToken) => queue.ChangeAsync(
            connection =>
            {
                using Statement delete = connection.Prepare("DELETE FROM forwards WHERE id = ?1");
                delete.Bind(1, item.Id).Run();
                return 0;
            },
            cancellationToken);

        public ValueTask PostponeAsync(ForwardItem item, DateTimeOffset dueAt, string problem, CancellationToken cancellationToken) => queue.ChangeAsync(
            connection =>
            {
                using Statement update = connection.Prepare("UPDATE forwards SET attempts = attempts + 1, due_at = ?2, problem = ?3 WHERE id = ?1");
                update.Bind(1, item.Id).Bind(2, dueAt.ToUnixTimeMilliseconds()).BindText(3, problem).Run();
                return 0;
            },
            cancellationToken);

        public ValueTask RefuseAsync(ForwardItem item, string problem, CancellationToken cancellationToken) => queue.ChangeAsync(
            connection =>
            {
                using (Statement update = connection.Prepare("UPDATE forwards SET attempts = attempts + 1, refused_at = ?2, problem = ?3 WHERE id = ?1"))
                    update.Bind(1, item.Id).Bind(2, queue.NowMs()).BindText(3, problem).Run();
                if (item.Key is not null)
                    return 0;
                using Statement entries = connection.Prepare(
                    $"UPDATE forwards SET refused_at = ?3, problem = ?4 WHERE {SameDigest} AND upstream = ?1 AND key IS NOT NULL AND refused_at IS NULL");
                ForwardRow.BindDigest(entries.BindText(1, item.Upstream), 2, item.Digest).Bind(3, queue.NowMs()).BindText(4, $"Its content was refused: {problem}").Run();
                return 0;
            },
            cancellationToken);

        public ValueTask DisposeAsync()
        {
            queue._turns.TryRemove(upstream, out _);
            return ValueTask.CompletedTask;
        }
    }
}
