using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Entries;

/// <summary>Entries in PostgreSQL.</summary>
internal sealed class PostgreSqlEntryStore(Pool pool, EntryWriter writer, TimeProvider time) : IEntryStore
{
    private const int MaxPageRows = 256;

    /// <summary>A page ends when its texts reach this, in characters: entries may be up to a mebibyte long.</summary>
    private const int MaxPageLength = 4 * 1024 * 1024;

    /// <summary>A page of full length is asked for in parts of so many rows.</summary>
    private const int PartRows = 32;

    private const string NotExpired = "(expires_at IS NULL OR expires_at >= $2)";
    private const string Select = $"SELECT {EntryRow.Columns} FROM entries";

    public ValueTask<EntryAddition> AddAsync(EntryKey key, SignedEntry entry, EntryRoom? room, CancellationToken cancellationToken) =>
        AddAsync(new EntryChange(key, entry, room, default, null, time.GetUtcNow()), cancellationToken);

    public ValueTask<IReadOnlyList<StoredEntry>> ListAsync(EntryKey key, long enoughBytes, CancellationToken cancellationToken) => ReadAsync(
        $"The entries of key {key} were not read",
        async session =>
        {
            List<StoredEntry> entries = [];
            long length = 0;
            long before = long.MaxValue;
            for (int count = PartRows; count == PartRows && (entries.Count == 0 || length < enoughBytes);)
            {
                // Few keys have more; and who wants all of them gets them in one.
                int rows = enoughBytes == long.MaxValue ? int.MaxValue : PartRows;
                Query select = new Query($"{Select} WHERE key = $1 AND {NotExpired} AND id < $3 ORDER BY id DESC LIMIT $4")
                    .Add(key.Value).Add(time.GetUtcNow().UtcTicks).Add(before).Add(rows);
                count = 0;
                await session.RunAsync([select.Into(row =>
                {
                    count++;
                    before = row.Int64(0);
                    if (entries.Count > 0 && length >= enoughBytes)
                        return;
                    StoredEntry stored = EntryRow.Read(row);
                    entries.Add(stored);

                    // In UTF-8 it is as long as that at least.
                    length += EntryRow.LengthOf(stored);
                })]).ConfigureAwait(false);
            }

            return (IReadOnlyList<StoredEntry>)entries;
        },
        cancellationToken);

    public ValueTask<int> CountAsync(EntryKey key, CancellationToken cancellationToken) => ReadAsync(
        $"The entries of key {key} were not counted",
        session => session.FindAsync(
            new Query($"SELECT count(*) FROM entries WHERE key = $1 AND {NotExpired}").Add(key.Value).Add(time.GetUtcNow().UtcTicks), row => (int)row.Int64(0)),
        cancellationToken);

    public ValueTask<IReadOnlyList<StoredEntry>> ListNewestAsync(int maxCount, CancellationToken cancellationToken) => ReadAsync(
        "The newest entries were not read",
        async session =>
        {
            List<StoredEntry> entries = [];
            long length = 0;
            Query select = new Query($"{Select} WHERE expires_at IS NULL OR expires_at >= $1 ORDER BY id DESC LIMIT $2").Add(time.GetUtcNow().UtcTicks).Add(maxCount);
            await session.RunAsync([select.Into(row =>
            {
                if (length >= MaxPageLength)
                    return;
                StoredEntry stored = EntryRow.Read(row);
                entries.Add(stored);
                length += EntryRow.LengthOf(stored);
            })]).ConfigureAwait(false);
            return (IReadOnlyList<StoredEntry>)entries;
        },
        cancellationToken);

    public IAsyncEnumerable<StoredEntry> ListOldestFirstAsync(EntryKey key, CancellationToken cancellationToken)
    {
        long nowTicks = time.GetUtcNow().UtcTicks;
        return WalkAsync(
            after => new Query($"{Select} WHERE key = $1 AND {NotExpired} AND id > $3 ORDER BY id LIMIT $4").Add(key.Value).Add(nowTicks).Add(after).Add(PartRows),
            cancellationToken);
    }

    public async ValueTask<bool> DeleteAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken)
    {
        byte[] pair = EntryRow.PairOf(key, entry);
        return await pool.ChangeAsync(
            new Attempt(Contract.Entries, $"The entry was not deleted from key {key}"),
            async session => await session.ChangeAsync(new Query("DELETE FROM entries WHERE pair = $1").Add(pair)).ConfigureAwait(false) > 0,
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<KeyPage> ListKeysAsync(KeyQuery query, CancellationToken cancellationToken)
    {
        long nowTicks = time.GetUtcNow().UtcTicks;

        // Of each key, when the last of its entries came that have not expired, and whose content was not taken away.
        return ReadAsync(
            "The keys were not read",
            session => KeyRows.ReadAsync(
                session,
                comparison => new Query(
                    "SELECT key, max(added_at) FILTER (WHERE (expires_at IS NULL OR expires_at >= $3) AND gone_at IS NULL) FROM entries " +
                    $"WHERE key {comparison} $1 GROUP BY key ORDER BY key LIMIT $2"),
                select => select.Add(nowTicks),
                query),
            cancellationToken);
    }

    public IAsyncEnumerable<StoredEntry> EnumerateAsync(CancellationToken cancellationToken) =>
        WalkAsync(after => new Query($"{Select} WHERE id > $1 ORDER BY id LIMIT $2").Add(after).Add(PartRows), cancellationToken);

    public IAsyncEnumerable<StoredEntry> FindByDigestAsync(Digest digest, CancellationToken cancellationToken) => WalkAsync(
        after => new Query($"{Select} WHERE digest = $1 AND id > $2 ORDER BY id LIMIT $3").Add(digest.ToBytes()).Add(after).Add(PartRows), cancellationToken);

    public IAsyncEnumerable<StoredEntry> FindByDocumentAsync(Digest digest, CancellationToken cancellationToken) => WalkAsync(
        after => new Query(
            $"{Select} WHERE id IN (SELECT id FROM entries WHERE {ReleaseDocumentRows.NamesAsMap} $1 UNION SELECT id FROM entries WHERE {ReleaseDocumentRows.NamesAsRequirements} $1) " +
            "AND id > $2 ORDER BY id LIMIT $3").Add(digest.ToString()).Add(after).Add(PartRows), cancellationToken);

    private async ValueTask<EntryAddition> AddAsync(EntryChange change, CancellationToken cancellationToken) =>
        (await writer.AddAsync(change, cancellationToken).ConfigureAwait(false)).Addition;

    /// <param name="selectPart">Selects rows after one, <see cref="PartRows"/> at most.</param>
    /// <param name="cancellationToken">Stops.</param>
    private async IAsyncEnumerable<StoredEntry> WalkAsync(Func<long, Query> selectPart, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? last = long.MinValue;
        while (last is { } after)
        {
            // No connection is held while the caller looks at the page.
            List<StoredEntry> page = [];
            last = await ReadAsync(
                "The entries were not read",
                session =>
                {
                    page.Clear();
                    return ReadPageAsync(session, selectPart, after, page);
                },
                cancellationToken).ConfigureAwait(false);
            foreach (StoredEntry entry in page)
                yield return entry;
        }
    }

    /// <returns>The row that the next page begins after; null when this is the last one.</returns>
    private static async Task<long?> ReadPageAsync(Session session, Func<long, Query> selectPart, long after, List<StoredEntry> page)
    {
        long length = 0;
        int count;
        do
        {
            count = 0;
            await session.RunAsync([selectPart(after).Into(row =>
            {
                count++;
                after = row.Int64(0);
                StoredEntry stored = EntryRow.Read(row);
                page.Add(stored);
                length += EntryRow.LengthOf(stored);
            })]).ConfigureAwait(false);
        }
        while (count == PartRows && page.Count < MaxPageRows && length < MaxPageLength);
        return count == PartRows ? after : null;
    }

    private async ValueTask<T> ReadAsync<T>(string failed, Func<Session, Task<T>> read, CancellationToken cancellationToken) =>
        await pool.ReadAsync(new Attempt(Contract.Entries, failed), read, cancellationToken).ConfigureAwait(false);
}
