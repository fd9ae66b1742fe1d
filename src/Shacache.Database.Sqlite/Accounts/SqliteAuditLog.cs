using System.Runtime.CompilerServices;
using Shacache.Core.Accounts;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Accounts;

/// <summary>The audit log in SQLite. Triggers refuse every change of a line.</summary>
internal sealed class SqliteAuditLog(WriteQueue writer, ReaderPool readers) : IAuditLog
{
    private const int PageRows = 256;

    private const string Wanted =
        "(?2 IS NULL OR actor = ?2) AND (?4 IS NULL OR action = ?4) AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6)";

    // An index is used for what is compared with =, not after OR: so each kind of query has its statement.
    private const string OfSubject = "substr(subject, 1, 24) = substr(?3, 1, 24) AND subject = ?3 AND";
    private const string OfActor = "actor = ?2 AND";
    private const string NewestFirst = "position < ?1 ORDER BY position DESC LIMIT ?7";
    private const string OldestFirst = "position > ?1 ORDER BY position LIMIT ?7";
    private const string Select = $"SELECT {AuditRow.Columns} FROM audit_log WHERE";

    internal const string SelectOfSubject = $"{Select} {OfSubject} {Wanted} AND {NewestFirst}";
    internal const string SelectOfActor = $"{Select} {OfActor} {Wanted} AND {NewestFirst}";
    internal const string SelectAll = $"{Select} {Wanted} AND {NewestFirst}";

    public async ValueTask AddAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            await writer.RunAsync(
                connection =>
                {
                    foreach (AuditEntry entry in entries)
                        AuditRow.Insert(connection, entry);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForAccounts("The audit log was not written");
        }
    }

    public async IAsyncEnumerable<AuditRecord> ReadAsync(AuditQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? beyond = query.Beyond ?? (query.NewestFirst ? long.MaxValue : long.MinValue);
        List<AuditRecord> page = [];
        while (beyond is { } position)
        {
            page.Clear();
            await ReadPageAsync(query, position, page, cancellationToken).ConfigureAwait(false);
            foreach (AuditRecord line in page)
                yield return line;
            beyond = page.Count == PageRows ? page[^1].Position : null;
        }
    }

    private static Statement Prepare(Connection connection, AuditQuery query) =>
        (query.Subject, query.Actor, query.NewestFirst) switch
        {
            ({ }, _, true) => connection.Prepare(SelectOfSubject),
            ({ }, _, false) => connection.Prepare($"{Select} {OfSubject} {Wanted} AND {OldestFirst}"),
            (_, { }, true) => connection.Prepare(SelectOfActor),
            (_, { }, false) => connection.Prepare($"{Select} {OfActor} {Wanted} AND {OldestFirst}"),
            (_, _, true) => connection.Prepare(SelectAll),
            _ => connection.Prepare($"{Select} {Wanted} AND {OldestFirst}"),
        };

    private async ValueTask ReadPageAsync(AuditQuery query, long beyond, List<AuditRecord> page, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement select = Prepare(lease.Connection, query);
            select.Bind(1, beyond)
                .Bind(4, (long?)query.Action)
                .Bind(5, query.Since?.ToUnixTimeMilliseconds())
                .Bind(6, query.Before?.ToUnixTimeMilliseconds())
                .Bind(7, PageRows);
            if (query.Actor is { } actor)
                select.BindText(2, actor);
            if (query.Subject is { } subject)
                AuditRow.BindSubject(select, 3, subject);
            while (select.Step())
                page.Add(AuditRow.Read(select));
        }
        catch (SqliteFailureException e)
        {
            throw e.ForAccounts("The audit log was not read");
        }
    }
}
