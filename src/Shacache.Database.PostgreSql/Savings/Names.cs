using System.Collections.Concurrent;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Savings;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Savings;

/// <summary>The numbers of prefixes and of uploaders. They never change, so what was read once is remembered.</summary>
/// <remarks>
/// Numbers are given inside the transaction that needs them. What is remembered of one that does not commit is forgotten by <see cref="Forget"/>. Accounts that
/// upload are as many as the operator made; prefixes are bounded.
/// </remarks>
internal sealed class Names
{
    private readonly ConcurrentDictionary<string, long> _prefixes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _uploaders = new(StringComparer.Ordinal);

    /// <summary>Makes numbers known, giving new ones where there is room. The caller holds <see cref="Locks.Index"/>.</summary>
    public async Task LearnAsync(Session session, IEnumerable<string> prefixes, IEnumerable<string> uploaders)
    {
        string[] newPrefixes = [.. prefixes.Where(prefix => prefix != KeyPrefix.Other && !_prefixes.ContainsKey(prefix)).Distinct(StringComparer.Ordinal)];
        string[] newUploaders = [.. uploaders.Where(uploader => !_uploaders.ContainsKey(uploader)).Distinct(StringComparer.Ordinal)];
        if (newPrefixes.Length > 0)
        {
            await session.RunAsync(
                new Query(
                    "INSERT INTO key_prefixes (prefix) SELECT name FROM unnest($1) AS name WHERE NOT EXISTS (SELECT 1 FROM key_prefixes WHERE prefix = name) " +
                    "LIMIT greatest(0, $2 - (SELECT count(*) FROM key_prefixes))").Add(newPrefixes).Add((long)KeyPrefix.MaxCount),
                new Query("SELECT prefix, id FROM key_prefixes WHERE prefix = ANY ($1)").Add(newPrefixes).Into(row => _prefixes[row.Text(0)] = row.Int64(1))).ConfigureAwait(false);
        }

        if (newUploaders.Length > 0)
        {
            await session.RunAsync(
                new Query("INSERT INTO uploaders (name) SELECT name FROM unnest($1) AS name ON CONFLICT (name) DO NOTHING").Add(newUploaders),
                new Query("SELECT name, id FROM uploaders WHERE name = ANY ($1)").Add(newUploaders).Into(row => _uploaders[row.Text(0)] = row.Int64(1))).ConfigureAwait(false);
        }
    }

    /// <summary>The number of a prefix; <see cref="BlobRecord.OtherPrefix"/> when it has none.</summary>
    public long PrefixOf(string name) => _prefixes.GetValueOrDefault(name, BlobRecord.OtherPrefix);

    /// <summary>The number of an uploader; 0 when it has none.</summary>
    public long UploaderOf(string name) => _uploaders.GetValueOrDefault(name);

    /// <summary>The prefixes of numbers.</summary>
    public static async Task<Dictionary<long, string>> ReadPrefixesAsync(Session session)
    {
        Dictionary<long, string> names = [];
        await session.RunAsync(new Query("SELECT id, prefix FROM key_prefixes").Into(row => names[row.Int64(0)] = row.Text(1))).ConfigureAwait(false);
        return names;
    }

    /// <summary>Forgets everything: a transaction that gave numbers did not commit.</summary>
    public void Forget()
    {
        _prefixes.Clear();
        _uploaders.Clear();
    }
}
