using System.Runtime.CompilerServices;
using Npgsql;
using Shacache.Core.Clocks;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.PostgreSql.Engine;
using Shacache.Database.PostgreSql.Entries;

namespace Shacache.Database.PostgreSql.Upstreams;

/// <summary>Listings of other caches in PostgreSQL.</summary>
internal sealed class PostgreSqlUpstreamListings(Pool pool, TimeProvider time) : IUpstreamListings
{
    private const int PageRows = 256;

    // One statement, so that it sees one listing whole.
    private const string SelectListing =
        "SELECT l.upstream, l.fetched_at, l.age, l.used_at, e.information, e.signature, e.digest, e.expires_at " +
        "FROM upstream_listings l JOIN upstream_entries e ON e.listing = l.id WHERE l.key = $1 ORDER BY e.place";

    // Of a new key, a clock that was set back does not make it older than what came before. The row is locked: of two that replace it, one waits.
    private const string PutListing =
        "INSERT INTO upstream_listings AS l (key, upstream, fetched_at, age, used_at) " +
        "VALUES ($1, $2, $3, $4, greatest($5, (SELECT max(used_at) FROM upstream_listings))) " +
        "ON CONFLICT (key) DO UPDATE SET upstream = $2, fetched_at = $3, age = $4 RETURNING id";

    public ValueTask<UpstreamListing?> FindAsync(EntryKey key, CancellationToken cancellationToken) => ReadAsync(
        $"The upstream's entries of key {key} were not read",
        async session =>
        {
            UpstreamListing? found = null;
            List<SignedEntry> entries = [];
            await session.RunAsync(new Query(SelectListing).Add(key.Value).Into(row =>
            {
                entries.Add(ReadEntry(row, 4));
                found ??= new UpstreamListing(key, entries, row.Text(0), row.Time(1), TimeSpan.FromMilliseconds(row.Int64(2)), row.Time(3));
            })).ConfigureAwait(false);
            return found;
        },
        cancellationToken);

    public async ValueTask ReplaceAsync(UpstreamListing listing, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(listing.Entries.Count, nameof(listing));
        await ChangeAsync($"The upstream's entries of key {listing.Key} were not kept", session => ReplaceAsync(session, listing), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask NoteUseAsync(EntryKey key, CancellationToken cancellationToken) => await ChangeAsync(
        $"The use of key {key} was not noted",
        session => session.ChangeAsync(new Query("UPDATE upstream_listings SET used_at = $2 WHERE key = $1").Add(key.Value).Add(time.GetUtcNow().Ms())),
        cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> RemoveAsync(EntryKey key, CancellationToken cancellationToken) => await ChangeAsync(
        $"The upstream's entries of key {key} were not removed",
        session => session.ChangeAsync(new Query("DELETE FROM upstream_listings WHERE key = $1").Add(key.Value)),
        cancellationToken).ConfigureAwait(false) > 0;

    public ValueTask<int> RemoveUnusedAsync(DateTimeOffset before, int maxCount, CancellationToken cancellationToken) => ChangeAsync(
        "The upstream's unused entries were not removed",
        async session =>
        {
            // What was used while the clock was ahead, or had not been set.
            Query delete = new Query(
                "DELETE FROM upstream_listings WHERE id IN (SELECT id FROM upstream_listings WHERE used_at < $1 ORDER BY used_at LIMIT $2 FOR UPDATE SKIP LOCKED)")
                .Add(before.Ms()).Add(maxCount);
            await session.RunAsync(
                new Query("UPDATE upstream_listings SET used_at = $1 WHERE used_at > $1 OR used_at < $2").Add(time.GetUtcNow().Ms()).Add(SteadyClock.Dawn.Ms()),
                delete).ConfigureAwait(false);
            return delete.Count;
        },
        cancellationToken);

    public async IAsyncEnumerable<EntryKey> ListKeysAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string after = "";
        List<EntryKey> page;
        do
        {
            string bound = after;
            page = await ReadAsync(
                "The keys of the upstream's entries were not read",
                session => session.ListAsync(
                    new Query("SELECT key FROM upstream_listings WHERE key > $1 ORDER BY key LIMIT $2").Add(bound).Add(PageRows), row => EntryKey.Create(row.Text(0))),
                cancellationToken).ConfigureAwait(false);
            foreach (EntryKey key in page)
            {
                yield return key;
                after = key.Value;
            }
        }
        while (page.Count == PageRows);
    }

    public ValueTask<KeyPage> ListKeysAsync(KeyQuery query, CancellationToken cancellationToken) => ReadAsync(
        "The keys of the upstream's entries were not read",
        session => KeyRows.ReadAsync(
            session, comparison => new Query($"SELECT key, fetched_at FROM upstream_listings WHERE key {comparison} $1 ORDER BY key LIMIT $2"), select => select, query),
        cancellationToken);

    public ValueTask<bool> AnyAsync(CancellationToken cancellationToken) => ReadAsync(
        "The upstream's entries were not read",
        session => session.FindAsync(new Query("SELECT EXISTS (SELECT 1 FROM upstream_listings)"), row => row.GetBoolean(0)),
        cancellationToken);

    private static SignedEntry ReadEntry(NpgsqlDataReader row, int first) =>
        SignedEntry.Restore(row.Text(first), row.Text(first + 1), row.Digest(first + 2), row.TicksOrNull(first + 3));

    private static async Task<int> ReplaceAsync(Session session, UpstreamListing listing)
    {
        long id = await session.FindAsync(
            new Query(PutListing).Add(listing.Key.Value).Add(listing.Upstream).Add(listing.FetchedAt.Ms())
                .Add((long)listing.AgeWhenFetched.TotalMilliseconds).Add(listing.UsedAt.Ms()),
            row => row.Int64(0)).ConfigureAwait(false);
        List<SignedEntry> known = await session.ListAsync(
            new Query("SELECT information, signature, digest, expires_at FROM upstream_entries WHERE listing = $1 ORDER BY place").Add(id), row => ReadEntry(row, 0)).ConfigureAwait(false);

        // Mostly they are the same, and then they need not be written again.
        if (known.SequenceEqual(listing.Entries))
            return 0;
        await session.RunAsync(
            [
                new Query("DELETE FROM upstream_entries WHERE listing = $1").Add(id),
                .. listing.Entries.Select((entry, place) => new Query(
                    "INSERT INTO upstream_entries (listing, place, information, signature, digest, expires_at) VALUES ($1, $2, $3, $4, $5, $6)")
                    .Add(id).Add(place).Add(entry.Information).Add(entry.Signature).Add(entry.Digest.ToBytes()).Add(entry.ExpiresAt?.UtcTicks)),
            ]).ConfigureAwait(false);
        return listing.Entries.Count;
    }

    private async ValueTask<int> ChangeAsync(string failed, Func<Session, Task<int>> change, CancellationToken cancellationToken) =>
        await pool.ChangeAsync(new Attempt(Contract.Entries, failed), change, cancellationToken).ConfigureAwait(false);

    private async ValueTask<T> ReadAsync<T>(string failed, Func<Session, Task<T>> read, CancellationToken cancellationToken) =>
        await pool.ReadAsync(new Attempt(Contract.Entries, failed), read, cancellationToken).ConfigureAwait(false);
}
