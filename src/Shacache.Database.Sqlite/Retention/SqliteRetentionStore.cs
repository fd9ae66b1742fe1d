using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Database.Sqlite.Accounts;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Entries;

namespace Shacache.Database.Sqlite.Retention;

/// <summary>Rules, withdrawals and clean-ups in SQLite.</summary>
internal sealed class SqliteRetentionStore(WriteQueue writer, ReaderPool readers, TimeProvider time) : IRetentionStore
{
    private const string SameDigest = "substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1";
    private const string InForce = "kind = 1 AND (ends_at IS NULL OR ends_at > ?2)";

    private const string SelectPin =
        $"SELECT 1 FROM rules WHERE digest = ?1 AND {InForce} " +
        $"UNION ALL SELECT 1 FROM entries AS named JOIN rules ON rules.key = named.key WHERE {InForce} AND substr(named.digest, 1, 8) = substr(?1, 1, 8) AND named.digest = ?1 " +
        "UNION ALL SELECT 1 FROM upstream_entries AS named JOIN upstream_listings AS listing ON listing.id = named.listing JOIN rules ON rules.key = listing.key " +
        $"WHERE {InForce} AND substr(named.digest, 1, 8) = substr(?1, 1, 8) AND named.digest = ?1 " +
        $"UNION ALL SELECT 1 FROM entries JOIN rules ON rules.key = entries.key WHERE {InForce} AND {ReleaseDocumentRows.NamesAsMap} ?3 " +
        $"UNION ALL SELECT 1 FROM entries JOIN rules ON rules.key = entries.key WHERE {InForce} AND {ReleaseDocumentRows.NamesAsRequirements} ?3 " +
        $"UNION ALL SELECT 1 FROM upstream_entries JOIN upstream_listings AS whole ON whole.id = upstream_entries.listing JOIN rules ON rules.key = whole.key WHERE {InForce} AND {ReleaseDocumentRows.NamesAsMap} ?3 " +
        $"UNION ALL SELECT 1 FROM upstream_entries JOIN upstream_listings AS whole ON whole.id = upstream_entries.listing JOIN rules ON rules.key = whole.key WHERE {InForce} AND {ReleaseDocumentRows.NamesAsRequirements} ?3 LIMIT 1";

    private const string SelectName =
        $"SELECT 1 FROM entries WHERE {SameDigest} UNION ALL SELECT 1 FROM upstream_entries WHERE {SameDigest} UNION ALL SELECT 1 FROM forwards WHERE {SameDigest} " +
        $"UNION ALL SELECT 1 FROM entries WHERE {ReleaseDocumentRows.NamesAsMap} ?2 UNION ALL SELECT 1 FROM entries WHERE {ReleaseDocumentRows.NamesAsRequirements} ?2 " +
        $"UNION ALL SELECT 1 FROM upstream_entries WHERE {ReleaseDocumentRows.NamesAsMap} ?2 UNION ALL SELECT 1 FROM upstream_entries WHERE {ReleaseDocumentRows.NamesAsRequirements} ?2 LIMIT 1";

    public ValueTask AddRuleAsync(ContentRule rule, AuditEntry audit, CancellationToken cancellationToken) => Completed(WriteAsync(
        connection =>
        {
            RuleRow.Put(connection, rule);
            AuditRow.Insert(connection, audit);
            return true;
        },
        $"The rule about {rule.Subject} was not made",
        cancellationToken));

    public ValueTask<bool> RemoveRuleAsync(RuleKind kind, RuleSubject subject, AuditEntry audit, CancellationToken cancellationToken) => WriteAsync(
        connection =>
        {
            bool wasThere = RuleRow.Delete(connection, kind, subject);
            if (wasThere)
                AuditRow.Insert(connection, audit);
            return wasThere;
        },
        $"The rule about {subject} was not ended",
        cancellationToken);

    public ValueTask<IReadOnlyList<ContentRule>> ListRulesAsync(RuleKind kind, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<ContentRule>>(
        connection => RuleRow.List(connection, kind, NowMs()), "The rules were not read", cancellationToken);

    public ValueTask<bool> IsPinnedAsync(Digest digest, CancellationToken cancellationToken) => ReadAsync(
        connection =>
        {
            using Statement select = connection.Prepare(SelectPin);
            return BindDigest(select, digest).Bind(2, NowMs()).BindText(3, digest.ToString()).Step();
        },
        "The pins were not read",
        cancellationToken);

    public ValueTask<bool> IsNamedAsync(Digest digest, CancellationToken cancellationToken) => ReadAsync(
        connection =>
        {
            using Statement select = connection.Prepare(SelectName);
            return BindDigest(select, digest).BindText(2, digest.ToString()).Step();
        },
        "The entries were not read",
        cancellationToken);

    public ValueTask<int> WithdrawAsync(Digest digest, ContentRule? block, AuditEntry audit, CancellationToken cancellationToken) => WriteAsync(
        connection =>
        {
            Span<byte> bytes = stackalloc byte[Digest.LengthBytes];
            digest.CopyTo(bytes);
            if (block is not null)
                RuleRow.Put(connection, block);
            AuditRow.Insert(connection, audit);
            return GoneEntries.Mark(connection, bytes, NowMs());
        },
        $"The object {digest} was not removed",
        cancellationToken);

    public ValueTask<RemovedEntries> RemoveEntriesAsync(EntryKey key, Digest? digest, ContentRule? block, AuditEntry audit, CancellationToken cancellationToken) => WriteAsync(
        connection =>
        {
            if (block is not null)
                RuleRow.Put(connection, block);
            AuditRow.Insert(connection, audit);
            return EntryTables.Delete(connection, key, digest);
        },
        $"The entries of key {key} were not removed",
        cancellationToken);

    public async ValueTask<long> CleanAsync(StaleKind kind, DateTimeOffset before, int? maxCount, CancellationToken cancellationToken)
    {
        const string Failed = "The clean-up did not go to its end";
        return maxCount is { } most
            ? await WriteAsync(connection => StaleRows.Delete(connection, kind, before, most, time.GetUtcNow()), Failed, cancellationToken).ConfigureAwait(false)
            : await ReadAsync(connection => StaleRows.Count(connection, kind, before), Failed, cancellationToken).ConfigureAwait(false);
    }

    private static Statement BindDigest(Statement statement, Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.LengthBytes];
        digest.CopyTo(bytes);
        return statement.BindBlob(1, bytes);
    }

    private static async ValueTask Completed(ValueTask<bool> writing) => await writing.ConfigureAwait(false);

    private long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async ValueTask<T> WriteAsync<T>(Func<Connection, T> write, string failed, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(write, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries(failed);
        }
    }

    private async ValueTask<T> ReadAsync<T>(Func<Connection, T> read, string failed, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            return read(lease.Connection);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries(failed);
        }
    }
}
