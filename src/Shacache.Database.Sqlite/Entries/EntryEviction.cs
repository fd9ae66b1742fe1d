using Shacache.Core.Entries;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Entries;

/// <summary>Drives entries out of a key that has more than it may have. For one addition.</summary>
/// <remarks>
/// Whether an entry is protected is a matter of signatures, whose verification takes its time. So verdicts are found before the writer's transaction,
/// by <see cref="Prepare"/>, and kept by row; the transaction asks only about rows that came in between.
/// </remarks>
internal sealed class EntryEviction(EntryKey key, long keyHash, SignedEntry added, EntryLimit limit)
{
    private readonly Dictionary<long, bool> _verdicts = [];
    private readonly bool _isAddedProtected = limit.IsProtected(added);

    /// <summary>Looks, as long as the addition is not yet made, which entries would have to go.</summary>
    public void Prepare(Connection connection, DateTimeOffset now)
    {
        List<(long Id, bool IsExpired)> rows = List(connection, now);
        int excess = rows.Count + 1 - limit.MaxEntries;
        if (excess > 0)
            Choose(connection, rows, excess);
    }

    /// <summary>Removes what has to go for the entry that was just added. Runs on the writer's thread, inside its transaction.</summary>
    /// <returns>False: nothing may go for it, and it was removed itself.</returns>
    public bool TryMakeRoom(Connection connection, DateTimeOffset now)
    {
        List<(long Id, bool IsExpired)> rows = List(connection, now);
        int excess = rows.Count - limit.MaxEntries;
        if (excess <= 0)
            return true;
        // The highest id is the newest.
        long addedId = rows[^1].Id;
        rows.RemoveAt(rows.Count - 1);
        List<long> chosen = Choose(connection, rows, excess);
        bool isRoom = chosen.Count == excess;
        foreach (long id in isRoom ? chosen : [addedId])
        {
            using Statement delete = connection.Prepare("DELETE FROM entries WHERE id = ?1");
            delete.Bind(1, id).Run();
        }

        return isRoom;
    }

    /// <summary>The rows of the key, oldest first.</summary>
    private List<(long Id, bool IsExpired)> List(Connection connection, DateTimeOffset now)
    {
        using Statement select = connection.Prepare("SELECT id, expires_at < ?3 FROM entries WHERE key_hash = ?1 AND key = ?2 ORDER BY id");
        select.Bind(1, keyHash).BindText(2, key.Value).Bind(3, now.UtcTicks);
        List<(long, bool)> rows = [];
        while (select.Step())
            rows.Add((select.Int64(0), !select.IsNull(1) && select.Int64(1) != 0));
        return rows;
    }

    /// <summary>Chooses the expired, then the oldest without protection, then, for a protected entry, the oldest of all.</summary>
    private List<long> Choose(Connection connection, List<(long Id, bool IsExpired)> rows, int count)
    {
        List<long> chosen = [.. rows.Where(row => row.IsExpired).Select(row => row.Id).Take(count)];
        List<long> kept = [];
        foreach ((long id, bool isExpired) in rows)
        {
            if (chosen.Count == count)
                return chosen;
            if (isExpired)
                continue;
            if (IsProtected(connection, id))
                kept.Add(id);
            else
                chosen.Add(id);
        }

        if (_isAddedProtected)
            chosen.AddRange(kept.Take(count - chosen.Count));
        return chosen;
    }

    private bool IsProtected(Connection connection, long id)
    {
        if (_verdicts.TryGetValue(id, out bool isProtected))
            return isProtected;
        using Statement select = connection.Prepare($"SELECT {EntryRow.Columns} FROM entries WHERE id = ?1");
        select.Bind(1, id);
        return _verdicts[id] = select.Step() && limit.IsProtected(EntryRow.Read(select, key).Entry);
    }
}
