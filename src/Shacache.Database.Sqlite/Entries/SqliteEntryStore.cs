using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Entries;

/// <summary>Entries in SQLite. The index finds candidates by hashes; every statement compares the texts themselves.</summary>
internal sealed class SqliteEntryStore(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider) : IEntryStore
{
    private const int MaxPageRows = 256;

    /// <summary>A page ends when its texts reach this, in bytes: entries may be up to a mebibyte long.</summary>
    private const int MaxPageBytes = 4 * 1024 * 1024;

    private const string SamePair =
        "key_hash = ?1 AND pair_hash = ?2 AND key = ?3 AND information = ?4 AND signature = ?5";

    private const string Insert =
        "INSERT INTO entries (key_hash, pair_hash, key, information, signature, digest, expires_at, added_at) " +
        $"SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (SELECT 1 FROM entries WHERE {SamePair})";

    private const string Delete = $"DELETE FROM entries WHERE {SamePair}";

    private const string SelectByKey =
        $"SELECT {EntryRow.Columns} FROM entries WHERE key_hash = ?1 AND key = ?2 AND (expires_at IS NULL OR expires_at >= ?3) ORDER BY id DESC";

    private const string SelectPage = $"SELECT {EntryRow.Columns}, key FROM entries WHERE id > ?1 ORDER BY id LIMIT ?2";

    private const string SelectPageByDigest =
        $"SELECT {EntryRow.Columns}, key FROM entries " +
        "WHERE substr(digest, 1, 8) = substr(?3, 1, 8) AND digest = ?3 AND id > ?1 ORDER BY id LIMIT ?2";

    // Of each key, when the last of its entries came that have not expired. The whole group in one step, so that a page always gets beyond a key.
    private const string SelectKeys =
        "SELECT key, max(CASE WHEN expires_at IS NULL OR expires_at >= ?2 THEN added_at END) FROM entries";

    private const string SelectKeysFrom = $"{SelectKeys} WHERE key >= ?1 GROUP BY key ORDER BY key";
    private const string SelectKeysBehind = $"{SelectKeys} WHERE key > ?1 GROUP BY key ORDER BY key";

    public ValueTask<EntryAddition> AddAsync(EntryKey key, SignedEntry entry, EntryLimit? limit, CancellationToken cancellationToken) =>
        AddAsync(key, entry, limit, together: null, cancellationToken);

    /// <param name="key">The key.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="limit">How many the key may have; null for any number.</param>
    /// <param name="together">Made in the same transaction, unless the entry is refused; null for nothing.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    internal async ValueTask<EntryAddition> AddAsync(
        EntryKey key, SignedEntry entry, EntryLimit? limit, Action<Connection>? together, CancellationToken cancellationToken)
    {
        long keyHash = EntryRow.HashOf(key);
        long pairHash = EntryRow.HashOf(entry);
        byte[]? compact = EntryRow.Compact(entry.Signature);
        byte[] digest = new byte[Digest.LengthBytes];
        entry.Digest.CopyTo(digest);
        try
        {
            EntryEviction? eviction = limit is null ? null : await PrepareEvictionAsync(key, keyHash, entry, limit, cancellationToken).ConfigureAwait(false);
            return await writer.RunAsync(
                connection =>
                {
                    DateTimeOffset now = timeProvider.GetUtcNow();
                    using Statement insert = connection.Prepare(Insert);
                    BindPair(insert, keyHash, pairHash, key, entry, compact);
                    insert.BindBlob(6, digest)
                        .Bind(7, entry.ExpiresAt?.UtcTicks)
                        .Bind(8, now.ToUnixTimeMilliseconds())
                        .Run();
                    EntryAddition addition = connection.Changes == 0 ? EntryAddition.AlreadyListed : EntryAddition.Added;
                    if (addition == EntryAddition.Added && eviction?.TryMakeRoom(connection, now) == false)
                        return EntryAddition.KeyFull;
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

    public async ValueTask<IReadOnlyList<StoredEntry>> ListAsync(EntryKey key, long enoughBytes, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = lease.Connection.Prepare(SelectByKey);
            select.Bind(1, EntryRow.HashOf(key)).BindText(2, key.Value).Bind(3, timeProvider.GetUtcNow().UtcTicks);
            if (!select.Step())
                return [];
            List<StoredEntry> entries = [];
            long length = 0;
            do
            {
                StoredEntry stored = EntryRow.Read(select, key);
                entries.Add(stored);

                // In UTF-8 it is as long as that at least.
                length += stored.Entry.Information.Length + stored.Entry.Signature.Length;
            }
            while (length < enoughBytes && select.Step());
            return entries;
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries($"The entries of key {key} were not read");
        }
    }

    public async ValueTask<bool> DeleteAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken)
    {
        long keyHash = EntryRow.HashOf(key);
        long pairHash = EntryRow.HashOf(entry);
        byte[]? compact = EntryRow.Compact(entry.Signature);
        try
        {
            return await writer.RunAsync(
                connection =>
                {
                    using Statement delete = connection.Prepare(Delete);
                    BindPair(delete, keyHash, pairHash, key, entry, compact);
                    delete.Run();
                    return connection.Changes > 0;
                },
                cancellationToken).ConfigureAwait(false);
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
            using Statement select = KeyRows.IsBehind(query) ? lease.Connection.Prepare(SelectKeysBehind) : lease.Connection.Prepare(SelectKeysFrom);
            return KeyRows.Read(select.Bind(2, timeProvider.GetUtcNow().UtcTicks), query);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The keys were not read");
        }
    }

    public IAsyncEnumerable<StoredEntry> EnumerateAsync(CancellationToken cancellationToken) => Walk(null, cancellationToken);

    public IAsyncEnumerable<StoredEntry> FindByDigestAsync(Digest digest, CancellationToken cancellationToken) => Walk(digest, cancellationToken);

    /// <summary>Verifies signatures on the caller's thread rather than on the writer's, for whom everybody waits.</summary>
    private async ValueTask<EntryEviction> PrepareEvictionAsync(
        EntryKey key, long keyHash, SignedEntry entry, EntryLimit limit, CancellationToken cancellationToken)
    {
        var eviction = new EntryEviction(key, keyHash, entry, limit);
        using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
        eviction.Prepare(lease.Connection, timeProvider.GetUtcNow());
        return eviction;
    }

    private static void BindPair(Statement statement, long keyHash, long pairHash, EntryKey key, SignedEntry entry, byte[]? compact)
    {
        statement.Bind(1, keyHash).Bind(2, pairHash).BindText(3, key.Value).BindText(4, entry.Information);
        EntryRow.BindSignature(statement, 5, entry.Signature, compact);
    }

    private async IAsyncEnumerable<StoredEntry> Walk(Digest? digest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<StoredEntry> page = [];
        long? last = long.MinValue;
        while (last is { } after)
        {
            last = await ReadPageAsync(digest, after, page, cancellationToken).ConfigureAwait(false);
            foreach (StoredEntry entry in page)
                yield return entry;
            page.Clear();
        }
    }

    /// <summary>Reads a page: no connection is held while the caller looks at it.</summary>
    /// <returns>Behind which row the next page begins; null when this is the last one.</returns>
    private async ValueTask<long?> ReadPageAsync(Digest? digest, long after, List<StoredEntry> page, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = digest is null ? lease.Connection.Prepare(SelectPage) : lease.Connection.Prepare(SelectPageByDigest);
            select.Bind(1, after).Bind(2, MaxPageRows);
            if (digest is { } wanted)
                BindDigest(select, wanted);
            int pageBytes = 0;
            long id = after;
            while (pageBytes < MaxPageBytes && select.Step())
            {
                id = select.Int64(0);
                pageBytes += select.Bytes(1).Length + select.Bytes(2).Length;
                page.Add(EntryRow.Read(select, EntryKey.Create(select.Text(6))));
            }

            return page.Count == MaxPageRows || pageBytes >= MaxPageBytes ? id : null;
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries("The entries were not read");
        }
    }

    private static void BindDigest(Statement statement, Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.LengthBytes];
        digest.CopyTo(bytes);
        statement.BindBlob(3, bytes);
    }
}
