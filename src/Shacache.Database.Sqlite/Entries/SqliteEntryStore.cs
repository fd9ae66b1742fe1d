using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.Sqlite.Engine;
using static Shacache.Database.Sqlite.Entries.EntryStatements;

namespace Shacache.Database.Sqlite.Entries;

/// <summary>Entries in SQLite. The index finds candidates by hashes; every statement compares the texts themselves.</summary>
internal sealed class SqliteEntryStore(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider) : IEntryStore
{
    private const int MaxPageRows = 256;

    /// <summary>A page ends when its texts reach this, in bytes: entries may be up to a mebibyte long.</summary>
    private const int MaxPageBytes = 4 * 1024 * 1024;

    private readonly RecentListings _recent = new(writer, timeProvider);

    public ValueTask<EntryAddition> AddAsync(EntryKey key, SignedEntry entry, EntryRoom? room, CancellationToken cancellationToken) =>
        AddAsync(key, entry, room, default, together: null, cancellationToken);

    /// <param name="key">The key.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="room">How many the key may have, and what may go; null for any number.</param>
    /// <param name="worth">What it says about getting its content back, as far as it is believed.</param>
    /// <param name="together">Made in the same transaction, unless the entry is refused; null for nothing.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    internal async ValueTask<EntryAddition> AddAsync(
        EntryKey key, SignedEntry entry, EntryRoom? room, EntryWorth worth, Action<Connection>? together, CancellationToken cancellationToken)
    {
        var pair = new EntryPair(key, entry);
        EntryPair[] mayGo = room is null ? [] : [.. room.MayGo.Select(old => new EntryPair(key, old))];
        byte[] digest = new byte[Digest.LengthBytes];
        entry.Digest.CopyTo(digest);
        try
        {
            return await writer.RunAsync(
                connection =>
                {
                    DateTimeOffset now = timeProvider.GetUtcNow();
                    if (room is not null)
                        connection.Execute("SAVEPOINT addition");
                    using Statement insert = connection.Prepare(Insert);
                    pair.Bind(insert)
                        .BindBlob(6, digest)
                        .Bind(7, entry.ExpiresAt?.UtcTicks)
                        .Bind(8, now.ToUnixTimeMilliseconds())
                        .Bind(9, (long)worth.BuildTime.TotalMilliseconds)
                        .Bind(10, (long)worth.FetchTime.TotalMilliseconds)
                        .Run();
                    EntryAddition addition = connection.Changes == 0 ? EntryAddition.AlreadyListed : EntryAddition.Added;
                    if (addition == EntryAddition.AlreadyListed)
                        Revive(connection, pair);
                    if (room is not null)
                    {
                        if (addition == EntryAddition.Added && !TryMakeRoom(connection, pair, room.MaxEntries, mayGo, now))
                        {
                            connection.Execute("ROLLBACK TO addition");
                            addition = EntryAddition.KeyFull;
                        }

                        connection.Execute("RELEASE addition");
                    }

                    if (addition != EntryAddition.KeyFull)
                        together?.Invoke(connection);
                    return addition;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries($"The entry was not added under key {key}");
        }
    }

    public ValueTask<IReadOnlyList<StoredEntry>> ListAsync(EntryKey key, long enoughBytes, CancellationToken cancellationToken) =>
        _recent.Find(key, enoughBytes) is { } known && !cancellationToken.IsCancellationRequested
            ? new ValueTask<IReadOnlyList<StoredEntry>>(known)
            : ReadAsync(key, enoughBytes, cancellationToken);

    private async ValueTask<IReadOnlyList<StoredEntry>> ReadAsync(EntryKey key, long enoughBytes, CancellationToken cancellationToken)
    {
        RecentListings.Moment now = _recent.Now;
        List<StoredEntry> entries = [];
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = lease.Connection.Prepare(SelectByKey);
            select.Bind(1, EntryRow.HashOf(key)).BindText(2, key.Value).Bind(3, timeProvider.GetUtcNow().UtcTicks);
            long length = 0;
            for (bool isThere = select.Step(); isThere; isThere = length < enoughBytes && select.Step())
            {
                StoredEntry stored = EntryRow.Read(select, key);
                entries.Add(stored);

                // In UTF-8 it is as long as that at least.
                length += stored.Entry.Information.Length + stored.Entry.Signature.Length;
            }
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries($"The entries of key {key} were not read");
        }

        _recent.Add(key, enoughBytes, now, entries);
        return entries;
    }

    public async ValueTask<int> CountAsync(EntryKey key, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement count = lease.Connection.Prepare(CountOfKey);
            return count.Bind(1, EntryRow.HashOf(key)).BindText(2, key.Value).Bind(3, timeProvider.GetUtcNow().UtcTicks).Step() ? (int)count.Int64(0) : 0;
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries($"The entries of key {key} were not counted");
        }
    }

    public async ValueTask<IReadOnlyList<StoredEntry>> ListNewestAsync(int maxCount, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = lease.Connection.Prepare(SelectNewest);
            select.Bind(1, timeProvider.GetUtcNow().UtcTicks).Bind(2, maxCount);
            List<StoredEntry> entries = [];
            int length = 0;
            while (length < MaxPageBytes && select.Step())
            {
                length += select.Bytes(1).Length + select.Bytes(2).Length;
                entries.Add(EntryRow.Read(select, EntryKey.Create(select.Text(7))));
            }

            return entries;
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The newest entries were not read");
        }
    }

    public IAsyncEnumerable<StoredEntry> ListOldestFirstAsync(EntryKey key, CancellationToken cancellationToken)
    {
        long nowTicks = timeProvider.GetUtcNow().UtcTicks;
        return Walk(
            connection => connection.Prepare(SelectPageOfKey).Bind(3, EntryRow.HashOf(key)).BindText(4, key.Value).Bind(5, nowTicks), cancellationToken);
    }

    public async ValueTask<bool> DeleteAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken)
    {
        var pair = new EntryPair(key, entry);
        try
        {
            return await writer.RunAsync(connection => Remove(connection, pair) > 0, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries($"The entry was not deleted from key {key}");
        }
    }

    public async ValueTask<KeyPage> ListKeysAsync(KeyQuery query, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = KeyRows.IsAfter(query) ? lease.Connection.Prepare(SelectKeysAfter) : lease.Connection.Prepare(SelectKeysFrom);
            return KeyRows.Read(select.Bind(2, timeProvider.GetUtcNow().UtcTicks), query);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The keys were not read");
        }
    }

    public IAsyncEnumerable<StoredEntry> EnumerateAsync(CancellationToken cancellationToken) =>
        Walk(connection => connection.Prepare(SelectPage), cancellationToken);

    public IAsyncEnumerable<StoredEntry> FindByDigestAsync(Digest digest, CancellationToken cancellationToken) =>
        Walk(
            connection =>
            {
                Span<byte> bytes = stackalloc byte[Digest.LengthBytes];
                digest.CopyTo(bytes);
                return connection.Prepare(SelectPageByDigest).BindBlob(3, bytes);
            },
            cancellationToken);

    public IAsyncEnumerable<StoredEntry> FindByDocumentAsync(Digest digest, CancellationToken cancellationToken) =>
        Walk(connection => connection.Prepare(SelectPageByDocument).BindText(3, digest.ToString()), cancellationToken);

    /// <summary>Removes what has to go for the entry that was just added. Runs on the writer's thread, inside its transaction.</summary>
    /// <returns>False: not enough of it is there.</returns>
    private static bool TryMakeRoom(Connection connection, EntryPair added, int maxEntries, EntryPair[] mayGo, DateTimeOffset now)
    {
        long excess;
        using (Statement count = connection.Prepare("SELECT count(*), max(id) FROM entries WHERE key_hash = ?1 AND key = ?2"))
        {
            added.BindKey(count).Step();
            excess = count.Int64(0) - maxEntries;
            if (excess <= 0)
                return true;
            // The highest id is that of the addition, which stays even when it has expired.
            using Statement expire = connection.Prepare(DeleteExpired);
            added.BindKey(expire).Bind(3, now.UtcTicks).Bind(4, count.Int64(1)).Bind(5, excess).Run();
        }

        excess -= connection.Changes;
        foreach (EntryPair old in mayGo)
        {
            if (excess == 0)
                break;
            excess -= Remove(connection, old);
        }

        return excess == 0;
    }

    private static void Revive(Connection connection, EntryPair pair)
    {
        using Statement revive = connection.Prepare($"UPDATE entries SET gone_at = NULL WHERE gone_at IS NOT NULL AND {SamePair}");
        pair.Bind(revive).Run();
    }

    private static int Remove(Connection connection, EntryPair pair)
    {
        using Statement delete = connection.Prepare(Delete);
        pair.Bind(delete).Run();
        return connection.Changes;
    }

    /// <param name="prepare">Gives a statement whose parameters 1 and 2 are the row that the page begins after, and the most rows.</param>
    /// <param name="cancellationToken">Stops.</param>
    private async IAsyncEnumerable<StoredEntry> Walk(Func<Connection, Statement> prepare, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<StoredEntry> page = [];
        long? last = long.MinValue;
        while (last is { } after)
        {
            last = await ReadPageAsync(prepare, after, page, cancellationToken).ConfigureAwait(false);
            foreach (StoredEntry entry in page)
                yield return entry;
            page.Clear();
        }
    }

    /// <summary>Reads a page: no connection is held while the caller looks at it.</summary>
    /// <returns>The row that the next page begins after; null when this is the last one.</returns>
    private async ValueTask<long?> ReadPageAsync(
        Func<Connection, Statement> prepare, long after, List<StoredEntry> page, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = prepare(lease.Connection);
            select.Bind(1, after).Bind(2, MaxPageRows);
            int pageBytes = 0;
            long id = after;
            while (pageBytes < MaxPageBytes && select.Step())
            {
                id = select.Int64(0);
                pageBytes += select.Bytes(1).Length + select.Bytes(2).Length;
                page.Add(EntryRow.Read(select, EntryKey.Create(select.Text(7))));
            }

            return page.Count == MaxPageRows || pageBytes >= MaxPageBytes ? id : null;
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The entries were not read");
        }
    }
}
