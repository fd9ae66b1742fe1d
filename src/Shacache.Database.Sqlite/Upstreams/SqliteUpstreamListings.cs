using System.Runtime.CompilerServices;
using Shacache.Core.Clocks;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Entries;

namespace Shacache.Database.Sqlite.Upstreams;

/// <summary>Listings of other caches in SQLite.</summary>
internal sealed class SqliteUpstreamListings(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider) : IUpstreamListings
{
    private const int PageRows = 256;
    private const string SameKey = "key_hash = ?1 AND key = ?2";
    private const string SelectListing = $"SELECT id, upstream, fetched_at, age, used_at FROM upstream_listings WHERE {SameKey}";

    // The last two columns are there for EntryRow and not used.
    private const string SelectEntries =
        "SELECT id, information, signature, digest, expires_at, 0, NULL FROM upstream_entries WHERE listing = ?1 ORDER BY id";

    // A clock that was set back does not make what comes now older than what came before.
    private const string LatestUse = "ifnull((SELECT max(used_at) FROM upstream_listings), ?6)";

    private const string InsertListing =
        "INSERT INTO upstream_listings (key_hash, key, upstream, fetched_at, age, used_at) " +
        $"VALUES (?1, ?2, ?3, ?4, ?5, max(?6, {LatestUse})) RETURNING id";

    private const string UpdateListing = "UPDATE upstream_listings SET upstream = ?2, fetched_at = ?3, age = ?4 WHERE id = ?1";

    private const string InsertEntry =
        "INSERT INTO upstream_entries (listing, information, signature, digest, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)";

    private const string DeleteEntries = "DELETE FROM upstream_entries WHERE listing = ?1";
    private const string DeleteListing = "DELETE FROM upstream_listings WHERE id = ?1";
    private const string CorrectUses = "UPDATE upstream_listings SET used_at = ?1 WHERE used_at > ?1 OR used_at < ?2";
    private const string SelectUnused = "SELECT id FROM upstream_listings WHERE used_at < ?1 ORDER BY used_at LIMIT ?2";
    private const string SelectKeys = "SELECT id, key FROM upstream_listings WHERE id > ?1 ORDER BY id LIMIT ?2";
    private const string SelectKeysFrom = "SELECT key, fetched_at FROM upstream_listings WHERE key >= ?1 ORDER BY key";
    private const string SelectKeysAfter = "SELECT key, fetched_at FROM upstream_listings WHERE key > ?1 ORDER BY key";

    public async ValueTask<UpstreamListing?> FindAsync(EntryKey key, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            return Find(lease.Connection, key);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries($"The upstream's entries of key {key} were not read");
        }
    }

    public async ValueTask ReplaceAsync(UpstreamListing listing, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(listing.Entries.Count, nameof(listing));
        try
        {
            await writer.RunAsync(
                connection =>
                {
                    Replace(connection, listing);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries($"The upstream's entries of key {listing.Key} were not kept");
        }
    }

    public async ValueTask NoteUseAsync(EntryKey key, CancellationToken cancellationToken)
    {
        try
        {
            await writer.RunAsync(
                connection =>
                {
                    using Statement update = connection.Prepare($"UPDATE upstream_listings SET used_at = ?3 WHERE {SameKey}");
                    BindKey(update, key).Bind(3, timeProvider.GetUtcNow().ToUnixTimeMilliseconds()).Run();
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries($"The use of key {key} was not noted");
        }
    }

    public async ValueTask<bool> RemoveAsync(EntryKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(
                connection =>
                {
                    if (FindId(connection, key) is not { } id)
                        return false;
                    Delete(connection, id);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries($"The upstream's entries of key {key} were not removed");
        }
    }

    public async ValueTask<int> RemoveUnusedAsync(DateTimeOffset before, int maxCount, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(
                connection =>
                {
                    // What was used while the clock was ahead, or had not been set.
                    using (Statement correct = connection.Prepare(CorrectUses))
                        correct.Bind(1, timeProvider.GetUtcNow().ToUnixTimeMilliseconds()).Bind(2, SteadyClock.Dawn.ToUnixTimeMilliseconds()).Run();
                    List<long> unused = [];
                    using (Statement select = connection.Prepare(SelectUnused))
                    {
                        select.Bind(1, before.ToUnixTimeMilliseconds()).Bind(2, maxCount);
                        while (select.Step())
                            unused.Add(select.Int64(0));
                    }

                    foreach (long id in unused)
                        Delete(connection, id);
                    return unused.Count;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The upstream's unused entries were not removed");
        }
    }

    public async IAsyncEnumerable<EntryKey> ListKeysAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<EntryKey> page = [];
        long? last = long.MinValue;
        while (last is { } after)
        {
            last = await ReadKeysAsync(after, page, cancellationToken).ConfigureAwait(false);
            foreach (EntryKey key in page)
                yield return key;
            page.Clear();
        }
    }

    public async ValueTask<KeyPage> ListKeysAsync(KeyQuery query, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = KeyRows.IsAfter(query) ? lease.Connection.Prepare(SelectKeysAfter) : lease.Connection.Prepare(SelectKeysFrom);
            return KeyRows.Read(select, query);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The keys of the upstream's entries were not read");
        }
    }

    public async ValueTask<bool> AnyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = lease.Connection.Prepare("SELECT 1 FROM upstream_listings LIMIT 1");
            return select.Step();
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The upstream's entries were not read");
        }
    }

    private static Statement BindKey(Statement statement, EntryKey key) => statement.Bind(1, EntryRow.HashOf(key)).BindText(2, key.Value);

    private static UpstreamListing? Find(Connection connection, EntryKey key)
    {
        using Statement select = connection.Prepare(SelectListing);
        if (!BindKey(select, key).Step())
            return null;
        return new UpstreamListing(
            key,
            ReadEntries(connection, select.Int64(0), key),
            select.Text(1),
            DateTimeOffset.FromUnixTimeMilliseconds(select.Int64(2)),
            TimeSpan.FromMilliseconds(select.Int64(3)),
            DateTimeOffset.FromUnixTimeMilliseconds(select.Int64(4)));
    }

    private static long? FindId(Connection connection, EntryKey key)
    {
        using Statement select = connection.Prepare(SelectListing);
        return BindKey(select, key).Step() ? select.Int64(0) : null;
    }

    private static List<SignedEntry> ReadEntries(Connection connection, long id, EntryKey key)
    {
        using Statement select = connection.Prepare(SelectEntries);
        select.Bind(1, id);
        List<SignedEntry> entries = [];
        while (select.Step())
            entries.Add(EntryRow.Read(select, key).Entry);
        return entries;
    }

    private static void Replace(Connection connection, UpstreamListing listing)
    {
        if (FindId(connection, listing.Key) is not { } id)
        {
            InsertEntries(connection, Insert(connection, listing), listing.Entries);
            return;
        }

        using (Statement update = connection.Prepare(UpdateListing))
        {
            update.Bind(1, id).BindText(2, listing.Upstream).Bind(3, listing.FetchedAt.ToUnixTimeMilliseconds())
                .Bind(4, (long)listing.AgeWhenFetched.TotalMilliseconds).Run();
        }

        // Mostly they are the same, and then they need not be written again.
        if (ReadEntries(connection, id, listing.Key).SequenceEqual(listing.Entries))
            return;
        using (Statement delete = connection.Prepare(DeleteEntries))
            delete.Bind(1, id).Run();
        InsertEntries(connection, id, listing.Entries);
    }

    private static long Insert(Connection connection, UpstreamListing listing)
    {
        using Statement insert = connection.Prepare(InsertListing);
        BindKey(insert, listing.Key).BindText(3, listing.Upstream).Bind(4, listing.FetchedAt.ToUnixTimeMilliseconds())
            .Bind(5, (long)listing.AgeWhenFetched.TotalMilliseconds).Bind(6, listing.UsedAt.ToUnixTimeMilliseconds());
        insert.Step();
        long id = insert.Int64(0);
        insert.Run();
        return id;
    }

    private static void InsertEntries(Connection connection, long listing, IReadOnlyList<SignedEntry> entries)
    {
        Span<byte> digest = stackalloc byte[Core.Blobs.Digest.LengthBytes];
        foreach (SignedEntry entry in entries)
        {
            using Statement insert = connection.Prepare(InsertEntry);
            entry.Digest.CopyTo(digest);
            insert.Bind(1, listing).BindText(2, entry.Information).BindBlob(4, digest).Bind(5, entry.ExpiresAt?.UtcTicks);
            EntryRow.BindSignature(insert, 3, entry.Signature, EntryRow.Compact(entry.Signature));
            insert.Run();
        }
    }

    private static void Delete(Connection connection, long id)
    {
        using (Statement entries = connection.Prepare(DeleteEntries))
            entries.Bind(1, id).Run();
        using Statement listing = connection.Prepare(DeleteListing);
        listing.Bind(1, id).Run();
    }

    private async ValueTask<long?> ReadKeysAsync(long after, List<EntryKey> page, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = lease.Connection.Prepare(SelectKeys);
            select.Bind(1, after).Bind(2, PageRows);
            long id = after;
            while (select.Step())
            {
                id = select.Int64(0);
                page.Add(EntryKey.Create(select.Text(1)));
            }

            return page.Count == PageRows ? id : null;
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The keys of the upstream's entries were not read");
        }
    }
}
