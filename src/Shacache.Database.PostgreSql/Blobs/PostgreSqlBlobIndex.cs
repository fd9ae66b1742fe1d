using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.PostgreSql.Engine;
using Shacache.Database.PostgreSql.Savings;

namespace Shacache.Database.PostgreSql.Blobs;

/// <summary>The blob index in PostgreSQL: one for all nodes.</summary>
internal sealed class PostgreSqlBlobIndex(Pool pool, Names names, TimeProvider time) : IBlobIndex
{
    private const int PageRows = 512;
    private const string NotRead = "The blob index was not read";
    private const string NotOrdered = "The order of the blobs was not changed";

    public async ValueTask<IReadOnlyList<Saving>> WriteAsync(IReadOnlyList<KeyValuePair<Digest, BlobNote>> notes, CancellationToken cancellationToken)
    {
        try
        {
            return await pool.ChangeAsync(
                new Attempt(Contract.Blobs, "The blob index was not written"),
                session => NoteWriter.WriteAsync(session, notes, names, time.GetUtcNow()),
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            names.Forget();
            throw;
        }
    }

    public ValueTask<BlobUsage?> FindAsync(Digest digest, CancellationToken cancellationToken) => ReadAsync(
        session => session.FindAsync(
            new Query($"SELECT {BlobRow.UsageColumns} FROM blobs WHERE digest = $1").Add(digest.ToBytes()), row => (BlobUsage?)BlobRow.Usage(row)),
        cancellationToken);

    public ValueTask<BlobTotals> CountAsync(CancellationToken cancellationToken) => ReadAsync(
        session => session.FindAsync(new Query("SELECT count, length FROM blob_totals"), row => new BlobTotals(row.Int64(0), row.Int64(1))), cancellationToken);

    public async IAsyncEnumerable<BlobUsage> ListLeastRecentlyUsedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What is used during the walk moves after this end, so the walk ends.
        long end = await ReadAsync(FindLastAsync, cancellationToken).ConfigureAwait(false);
        (long Rank, long Id) after = (long.MinValue, long.MinValue);
        List<(BlobUsage Usage, long Id)> page;
        do
        {
            (long Rank, long Id) from = after;
            page = await ReadAsync(
                session => session.ListAsync(
                    new Query($"SELECT {BlobRow.UsageColumns} FROM blobs WHERE (rank, id) > ($1, $2) AND rank <= $3 ORDER BY rank, id LIMIT $4")
                        .Add(from.Rank).Add(from.Id).Add(end).Add(PageRows),
                    row => (BlobRow.Usage(row), row.Int64(7))),
                cancellationToken).ConfigureAwait(false);
            foreach ((BlobUsage usage, long id) in page)
            {
                after = (usage.Rank, id);
                yield return usage;
            }
        }
        while (page.Count == PageRows);
    }

    public ValueTask<IReadOnlyList<BlobDue>> ListDueAsync(DateTimeOffset before, BlobDue? after, int maxCount, CancellationToken cancellationToken) =>
        ListAsync(
            () => new Query("SELECT digest, length, verified_at, id FROM blobs WHERE (verified_at, id) > ($1, $2) AND verified_at < $3 ORDER BY verified_at, id LIMIT $4")
                .Add(after?.VerifiedAt.Ms() ?? long.MinValue).Add(after?.Position ?? long.MinValue).Add(before.Ms()).Add(maxCount),
            row => new BlobDue(row.Digest(0), row.Int64(1), row.Time(2), row.Int64(3)),
            cancellationToken);

    public async ValueTask<long> CountDueAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        (await ListAsync(() => new Query("SELECT count(*) FROM blobs WHERE verified_at < $1").Add(before.Ms()), row => row.Int64(0), cancellationToken).ConfigureAwait(false))[0];

    public async ValueTask<BlobTotals> RebuildAsync(IAsyncEnumerable<BlobInfo> blobs, CancellationToken cancellationToken)
    {
        await new BlobIndexRebuild(pool, names, time).RunAsync(blobs, cancellationToken).ConfigureAwait(false);
        return await CountAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask OrderByAsync(EvictionOrder order, CancellationToken cancellationToken) =>
        await new BlobReordering(pool, time).RunAsync(order, cancellationToken).ConfigureAwait(false);

    public async ValueTask NoteEvictedAsync(long rank, CancellationToken cancellationToken)
    {
        // By the other order it means nothing.
        if (!BlobRank.IsOf(EvictionOrder.Cost, rank))
            return;
        await pool.ChangeAsync(
            new Attempt(Contract.Blobs, NotOrdered),
            session => session.RunAsync(
                Locks.Take(Locks.Index),
                new Query("UPDATE blob_order SET age = greatest(age, $1) WHERE kind = $2").Add(rank).Add((short)EvictionOrder.Cost)),
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask PostponeAsync(IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        long nowMs = time.GetUtcNow().Ms();
        await pool.ChangeAsync(
            new Attempt(Contract.Blobs, NotOrdered),
            async session =>
            {
                IndexState state = await IndexState.ReadAsync(session, digests).ConfigureAwait(false);
                long end = state.Order.Kind == EvictionOrder.Cost ? await FindLastAsync(session).ConfigureAwait(false) : nowMs;
                BlobChange[] changes =
                [
                    .. digests.Distinct().Select(digest => (Digest: digest, Found: state.Find(digest))).Where(pair => pair.Found is not null).Select(pair =>
                        new BlobChange(pair.Found!.Value.Id, pair.Digest, pair.Found.Value.Row with { Rank = Math.Max(pair.Found.Value.Row.Rank, end) })),
                ];
                if (changes.Length > 0)
                    await session.RunAsync(BlobRow.Write(changes)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<IReadOnlyList<BlobUsage>> FindTopAsync(BlobTop by, int limit, CancellationToken cancellationToken) => ListAsync(
        () => new Query(by switch
        {
            BlobTop.MostRead => $"SELECT {BlobRow.UsageColumns} FROM blobs WHERE uses > 0 ORDER BY uses DESC, id LIMIT $1",
            BlobTop.NeverRead => $"SELECT {BlobRow.UsageColumns} FROM blobs WHERE uses = 0 ORDER BY length DESC, id LIMIT $1",
            _ => $"SELECT {BlobRow.UsageColumns} FROM blobs ORDER BY length DESC, id LIMIT $1",
        }).Add(limit),
        BlobRow.Usage,
        cancellationToken);

    public ValueTask<IReadOnlyList<BlobGroup>> FindTopGroupsAsync(BlobGrouping by, int limit, CancellationToken cancellationToken)
    {
        (string column, string table, string name) = by == BlobGrouping.Account ? ("uploader", "uploaders", "name") : ("prefix", "key_prefixes", "prefix");
        return ListAsync(
            () => new Query(
                $"SELECT n.{name}, g.count, g.length, g.uses FROM (SELECT {column}, count(*) AS count, sum(length)::bigint AS length, sum(uses)::bigint AS uses FROM blobs " +
                $"GROUP BY {column} ORDER BY 3 DESC LIMIT $1) AS g LEFT JOIN {table} n ON n.id = g.{column} ORDER BY g.length DESC").Add(limit),
            row => new BlobGroup(row.TextOrNull(0) ?? (by == BlobGrouping.Prefix ? KeyPrefix.Other : null), row.Int64(1), row.Int64(2), row.Int64(3)),
            cancellationToken);
    }

    public async ValueTask NoteExhaustionAsync(bool isExhausted, CancellationToken cancellationToken) => await pool.ChangeAsync(
        new Attempt(Contract.Blobs, "It was not noted whether there is room"),
        async session => await session.ChangeAsync(
            new Query("UPDATE blob_order SET exhausted_until = CASE WHEN $1 THEN now() + make_interval(secs => $2) END")
                .Add(isExhausted).Add((long)IBlobIndex.ExhaustionTerm.TotalSeconds)).ConfigureAwait(false),
        cancellationToken).ConfigureAwait(false);

    public ValueTask<bool> IsExhaustedAsync(CancellationToken cancellationToken) => ReadAsync(
        session => session.FindAsync(new Query("SELECT coalesce(exhausted_until > now(), false) FROM blob_order"), row => row.GetBoolean(0)), cancellationToken);

    /// <summary>Compares the totals with the rows.</summary>
    internal async Task<IReadOnlyList<string>> FindDamageAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> problems = await ListAsync(
            () => new Query(
                "SELECT t.count, t.length, b.count, b.length FROM blob_totals AS t, (SELECT count(*) AS count, coalesce(sum(length), 0)::bigint AS length FROM blobs) AS b " +
                "WHERE (t.count, t.length) <> (b.count, b.length)"),
            row => $"the totals of the index are {row.Int64(0)} objects of {row.Int64(1)} bytes, and its rows {row.Int64(2)} of {row.Int64(3)}",
            cancellationToken).ConfigureAwait(false);
        return problems;
    }

    /// <summary>Learns what an entry that was put tells of its blob, if there is one.</summary>
    internal async Task LearnAsync(Digest digest, ListedBlob listed, CancellationToken cancellationToken)
    {
        try
        {
            await pool.ChangeAsync(
                new Attempt(Contract.Blobs, "The blob index was not written"),
                async session =>
                {
                    IndexState state = await IndexState.ReadAsync(session, [digest]).ConfigureAwait(false);
                    await names.LearnAsync(session, [listed.Prefix], []).ConfigureAwait(false);
                    if (state.Find(digest) is not { } found || listed.Join(found.Row, names.PrefixOf) is var row && row == found.Row)
                        return;
                    await session.RunAsync(BlobRow.Write([new BlobChange(found.Id, digest, row.RankedAfterEntry(state.Order))])).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            names.Forget();
            throw;
        }
    }

    private static Task<long> FindLastAsync(Session session) =>
        session.FindAsync(new Query("SELECT coalesce(max(rank), $1) FROM blobs").Add(long.MinValue), row => row.Int64(0));

    /// <summary>Reads what may take long: it looks at every row, when a person asks.</summary>
    private async ValueTask<IReadOnlyList<T>> ListAsync<T>(Func<Query> query, Func<Npgsql.NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        await pool.ReadLongAsync(new Attempt(Contract.Blobs, NotRead), session => session.ListAsync(query(), read), cancellationToken).ConfigureAwait(false);

    private async ValueTask<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken) =>
        await pool.ReadAsync(new Attempt(Contract.Blobs, NotRead), read, cancellationToken).ConfigureAwait(false);
}
