using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Upstreams;

/// <summary>The queue of uploads for other caches in PostgreSQL: one node at a time sends to each upstream.</summary>
internal sealed class PostgreSqlForwardQueue(Pool pool, TimeProvider time) : IForwardQueue
{
    internal const string NotRead = "The queue of uploads for upstreams was not read";
    internal const string NotChanged = "The queue of uploads for upstreams was not changed";

    private const int PageRows = 64;

    public ValueTask AddAsync(IReadOnlyList<string> upstreams, Digest content, CancellationToken cancellationToken) =>
        AddAsync(content, nowMs => upstreams.Select(upstream => ForwardRow.Add(upstream, content, nowMs)), cancellationToken);

    public ValueTask AddAsync(IReadOnlyList<string> upstreams, EntryKey key, SignedEntry entry, CancellationToken cancellationToken) => AddAsync(
        entry.Digest,
        nowMs => upstreams.SelectMany(upstream => new[] { ForwardRow.Add(upstream, entry.Digest, nowMs), ForwardRow.Add(upstream, key, entry, nowMs) }),
        cancellationToken);

    public async ValueTask<IForwardTurn?> TryTakeTurnAsync(string upstream, CancellationToken cancellationToken) =>
        await ForwardTurn.TryTakeAsync(pool, time, upstream, cancellationToken).ConfigureAwait(false);

    public ValueTask<int> RetryAllAsync(CancellationToken cancellationToken) => ChangeAsync(
        () => new Query("UPDATE forwards SET refused_at = NULL, attempts = 0, due_at = $1 WHERE refused_at IS NOT NULL OR attempts > 0").Add(time.GetUtcNow().Ms()),
        cancellationToken);

    public ValueTask<int> RemoveRefusedAsync(CancellationToken cancellationToken) =>
        ChangeAsync(() => new Query("DELETE FROM forwards WHERE refused_at IS NOT NULL"), cancellationToken);

    public async IAsyncEnumerable<ForwardItem> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long after = long.MinValue;
        List<ForwardItem> page;
        do
        {
            page = await pool.ReadAsync(
                new Attempt(Contract.Entries, NotRead),
                session => session.ListAsync(
                    new Query($"SELECT {ForwardRow.Columns} FROM forwards WHERE id > $1 ORDER BY id LIMIT $2").Add(after).Add(PageRows), ForwardRow.Read),
                cancellationToken).ConfigureAwait(false);
            foreach (ForwardItem item in page)
            {
                yield return item;
                after = item.Id;
            }
        }
        while (page.Count == PageRows);
    }

    public async ValueTask<ForwardTotals> CountAsync(CancellationToken cancellationToken) => await pool.ReadAsync(
        new Attempt(Contract.Entries, NotRead),
        session => session.FindAsync(
            new Query("SELECT (SELECT count(*) FROM forwards WHERE refused_at IS NULL), (SELECT count(*) FROM forwards WHERE refused_at IS NOT NULL)"),
            row => new ForwardTotals(row.Int64(0), row.Int64(1))),
        cancellationToken).ConfigureAwait(false);

    private async ValueTask AddAsync(Digest content, Func<long, IEnumerable<Query>> insert, CancellationToken cancellationToken)
    {
        int number = BinaryPrimitives.ReadInt32BigEndian(content.ToBytes());
        await pool.ChangeAsync(
            new Attempt(Contract.Entries, NotChanged),
            session => session.RunAsync([Locks.Take(Locks.Forward, number), .. insert(time.GetUtcNow().Ms())]),
            cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<int> ChangeAsync(Func<Query> change, CancellationToken cancellationToken) => await pool.ChangeAsync(
        new Attempt(Contract.Entries, NotChanged), session => session.ChangeAsync(change()), cancellationToken).ConfigureAwait(false);
}
