using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Database.PostgreSql.Accounts;
using Shacache.Database.PostgreSql.Engine;
using Shacache.Database.PostgreSql.Entries;

namespace Shacache.Database.PostgreSql.Retention;

/// <summary>Rules, withdrawals and clean-ups in PostgreSQL.</summary>
internal sealed class PostgreSqlRetentionStore(Pool pool, TimeProvider time) : IRetentionStore
{
    private const string InForce = "kind = 1 AND (ends_at IS NULL OR ends_at > $2)";

    private const string SelectPin =
        $"SELECT EXISTS (SELECT 1 FROM rules WHERE digest = $1 AND {InForce}) " +
        $"OR EXISTS (SELECT 1 FROM entries AS named JOIN rules ON rules.key = named.key WHERE {InForce} AND named.digest = $1) " +
        "OR EXISTS (SELECT 1 FROM upstream_entries AS named JOIN upstream_listings AS listing ON listing.id = named.listing JOIN rules ON rules.key = listing.key " +
        $"WHERE {InForce} AND named.digest = $1) " +
        $"OR EXISTS (SELECT 1 FROM entries JOIN rules ON rules.key = entries.key WHERE {InForce} AND {ReleaseDocumentRows.NamesAsMap} $3) " +
        $"OR EXISTS (SELECT 1 FROM entries JOIN rules ON rules.key = entries.key WHERE {InForce} AND {ReleaseDocumentRows.NamesAsRequirements} $3) " +
        $"OR EXISTS (SELECT 1 FROM upstream_entries JOIN upstream_listings AS whole ON whole.id = listing JOIN rules ON rules.key = whole.key WHERE {InForce} AND {ReleaseDocumentRows.NamesAsMap} $3) " +
        $"OR EXISTS (SELECT 1 FROM upstream_entries JOIN upstream_listings AS whole ON whole.id = listing JOIN rules ON rules.key = whole.key WHERE {InForce} AND {ReleaseDocumentRows.NamesAsRequirements} $3)";

    private const string SelectName =
        "SELECT EXISTS (SELECT 1 FROM entries WHERE digest = $1) OR EXISTS (SELECT 1 FROM upstream_entries WHERE digest = $1) " +
        "OR EXISTS (SELECT 1 FROM forwards WHERE digest = $1) " +
        $"OR EXISTS (SELECT 1 FROM entries WHERE {ReleaseDocumentRows.NamesAsMap} $2) OR EXISTS (SELECT 1 FROM entries WHERE {ReleaseDocumentRows.NamesAsRequirements} $2) " +
        $"OR EXISTS (SELECT 1 FROM upstream_entries WHERE {ReleaseDocumentRows.NamesAsMap} $2) OR EXISTS (SELECT 1 FROM upstream_entries WHERE {ReleaseDocumentRows.NamesAsRequirements} $2)";

    public async ValueTask AddRuleAsync(ContentRule rule, AuditEntry audit, CancellationToken cancellationToken) => await ChangeAsync(
        $"The rule about {rule.Subject} was not made",
        async session =>
        {
            await session.RunAsync([.. RuleRow.Put(rule), .. Withdrawals.NoteRules(rule.Kind), AuditRow.Insert(audit)]).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public ValueTask<bool> RemoveRuleAsync(RuleKind kind, RuleSubject subject, AuditEntry audit, CancellationToken cancellationToken) => ChangeAsync(
        $"The rule about {subject} was not ended",
        async session =>
        {
            bool wasThere = await session.ChangeAsync(RuleRow.Delete(kind, subject)).ConfigureAwait(false) > 0;
            if (wasThere)
                await session.RunAsync([.. Withdrawals.NoteRules(kind), AuditRow.Insert(audit)]).ConfigureAwait(false);
            return wasThere;
        },
        cancellationToken);

    public ValueTask<IReadOnlyList<ContentRule>> ListRulesAsync(RuleKind kind, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<ContentRule>>(
        "The rules were not read", async session => await session.ListAsync(RuleRow.Select(kind, NowMs()), RuleRow.Read).ConfigureAwait(false), cancellationToken);

    public ValueTask<bool> IsPinnedAsync(Digest digest, CancellationToken cancellationToken) => ReadAsync(
        "The pins were not read", session => session.FindAsync(new Query(SelectPin).Add(digest.ToBytes()).Add(NowMs()).Add(digest.ToString()), row => row.GetBoolean(0)), cancellationToken);

    public ValueTask<bool> IsNamedAsync(Digest digest, CancellationToken cancellationToken) => ReadAsync(
        "The entries were not read", session => session.FindAsync(new Query(SelectName).Add(digest.ToBytes()).Add(digest.ToString()), row => row.GetBoolean(0)), cancellationToken);

    public ValueTask<int> WithdrawAsync(Digest digest, ContentRule? block, AuditEntry audit, CancellationToken cancellationToken) => ChangeAsync(
        $"The object {digest} was not removed",
        async session =>
        {
            Query mark = new Query("UPDATE entries SET gone_at = coalesce(gone_at, $2) WHERE digest = $1").Add(digest.ToBytes()).Add(NowMs());
            await session.RunAsync(
                [.. block is null ? [] : RuleRow.Put(block), .. block is null ? [] : Withdrawals.NoteRules(block.Kind), .. Withdrawals.NoteContent(digest), AuditRow.Insert(audit), mark])
                .ConfigureAwait(false);
            return mark.Count;
        },
        cancellationToken);

    public ValueTask<RemovedEntries> RemoveEntriesAsync(EntryKey key, Digest? digest, ContentRule? block, AuditEntry audit, CancellationToken cancellationToken) => ChangeAsync(
        $"The entries of key {key} were not removed",
        async session =>
        {
            const string OfDigest = "($2::bytea IS NULL OR digest = $2)";
            const string Named = $"digest, {ReleaseDocumentRows.Map}, {ReleaseDocumentRows.Requirements}";
            int count = 0;
            List<Digest> removed = [];
            await session.RunAsync(
                [
                    Locks.Take(Locks.Key, EntryRow.LockOf(key)),
                    .. block is null ? [] : RuleRow.Put(block),
                    .. block is null ? [] : Withdrawals.NoteRules(block.Kind),
                    AuditRow.Insert(audit),
                    Delete($"DELETE FROM entries WHERE key = $1 AND {OfDigest} RETURNING {Named}"),
                    Delete($"DELETE FROM upstream_entries USING upstream_listings l WHERE l.id = listing AND l.key = $1 AND {OfDigest} RETURNING {Named}"),

                    // An empty listing would say that no upstream has any entry.
                    new Query("DELETE FROM upstream_listings l WHERE key = $1 AND NOT EXISTS (SELECT 1 FROM upstream_entries WHERE listing = l.id)").Add(key.Value),
                ]).ConfigureAwait(false);
            return new RemovedEntries(count, [.. removed.Distinct()]);

            Query Delete(string sql) => new Query(sql).Add(key.Value).Add(digest?.ToBytes()).Into(row =>
            {
                count++;
                removed.Add(row.Digest(0));
                removed.AddRange(((int[])[1, 2]).Select(document => row.TextOrNull(document)).OfType<string>().Select(Digest.Parse));
            });
        },
        cancellationToken);

    public async ValueTask<long> CleanAsync(StaleKind kind, DateTimeOffset before, int? maxCount, CancellationToken cancellationToken)
    {
        const string Failed = "The clean-up did not go to its end";
        return maxCount is { } most
            ? await pool.ChangeAsync(
                new Attempt(Contract.Entries, Failed), session => StaleRows.DeleteAsync(session, kind, before, most, time.GetUtcNow()), cancellationToken).ConfigureAwait(false)
            : await pool.ReadLongAsync(new Attempt(Contract.Entries, Failed), session => StaleRows.CountAsync(session, kind, before), cancellationToken).ConfigureAwait(false);
    }

    private long NowMs() => time.GetUtcNow().Ms();

    private async ValueTask<T> ChangeAsync<T>(string failed, Func<Session, Task<T>> change, CancellationToken cancellationToken) => await pool.ChangeAsync(
        new Attempt(Contract.Entries, failed),
        async session =>
        {
            await session.RunAsync(Locks.Take(Locks.Administration)).ConfigureAwait(false);
            return await change(session).ConfigureAwait(false);
        },
        cancellationToken).ConfigureAwait(false);

    private async ValueTask<T> ReadAsync<T>(string failed, Func<Session, Task<T>> read, CancellationToken cancellationToken) =>
        await pool.ReadAsync(new Attempt(Contract.Entries, failed), read, cancellationToken).ConfigureAwait(false);
}
