namespace Shacache.Database.Sqlite.Entries;

/// <summary>What <see cref="SqliteEntryStore"/> asks of table <c>entries</c>.</summary>
internal static class EntryStatements
{
    public const string SamePair =
        "key_hash = ?1 AND pair_hash = ?2 AND key = ?3 AND information = ?4 AND signature = ?5";

    public const string Insert =
        "INSERT INTO entries (key_hash, pair_hash, key, information, signature, digest, expires_at, added_at, build_ms, fetch_ms) " +
        $"SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE NOT EXISTS (SELECT 1 FROM entries WHERE {SamePair})";

    public const string Delete = $"DELETE FROM entries WHERE {SamePair}";

    public const string SelectByKey =
        $"SELECT {EntryRow.Columns} FROM entries WHERE key_hash = ?1 AND key = ?2 AND (expires_at IS NULL OR expires_at >= ?3) ORDER BY id DESC";

    public const string CountOfKey =
        "SELECT count(*) FROM entries WHERE key_hash = ?1 AND key = ?2 AND (expires_at IS NULL OR expires_at >= ?3)";

    public const string DeleteExpired =
        "DELETE FROM entries WHERE id IN " +
        "(SELECT id FROM entries WHERE key_hash = ?1 AND key = ?2 AND expires_at < ?3 AND id < ?4 ORDER BY id LIMIT ?5)";

    public const string SelectPageOfKey =
        $"SELECT {EntryRow.Columns}, key FROM entries " +
        "WHERE key_hash = ?3 AND key = ?4 AND (expires_at IS NULL OR expires_at >= ?5) AND id > ?1 ORDER BY id LIMIT ?2";

    public const string SelectPage = $"SELECT {EntryRow.Columns}, key FROM entries WHERE id > ?1 ORDER BY id LIMIT ?2";

    public const string SelectNewest =
        $"SELECT {EntryRow.Columns}, key FROM entries WHERE expires_at IS NULL OR expires_at >= ?1 ORDER BY id DESC LIMIT ?2";

    public const string SelectPageByDigest =
        $"SELECT {EntryRow.Columns}, key FROM entries " +
        "WHERE substr(digest, 1, 8) = substr(?3, 1, 8) AND digest = ?3 AND id > ?1 ORDER BY id LIMIT ?2";

    public const string SelectPageByDocument =
        $"SELECT {EntryRow.Columns}, key FROM entries WHERE id IN (SELECT id FROM entries WHERE {ReleaseDocumentRows.NamesAsMap} ?3 " +
        $"UNION SELECT id FROM entries WHERE {ReleaseDocumentRows.NamesAsRequirements} ?3) AND id > ?1 ORDER BY id LIMIT ?2";

    // Of each key, when the last of its entries came that have not expired, and whose content was not taken away. The whole group in one step, so that a page always gets beyond a key.
    public const string SelectKeys =
        "SELECT key, max(CASE WHEN (expires_at IS NULL OR expires_at >= ?2) AND gone_at IS NULL THEN added_at END) FROM entries";

    public const string SelectKeysFrom = $"{SelectKeys} WHERE key >= ?1 GROUP BY key ORDER BY key";
    public const string SelectKeysAfter = $"{SelectKeys} WHERE key > ?1 GROUP BY key ORDER BY key";
}
