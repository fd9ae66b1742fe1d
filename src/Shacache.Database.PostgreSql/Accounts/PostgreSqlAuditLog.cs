using System.Runtime.CompilerServices;
using Shacache.Core.Accounts;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Accounts;

/// <summary>The audit log in PostgreSQL. Triggers refuse every change of a line.</summary>
internal sealed class PostgreSqlAuditLog(Pool pool) : IAuditLog
{
    private const int PageRows = 256;

    public async ValueTask AddAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken) => await pool.ChangeAsync(
        new Attempt(Contract.Accounts, "The audit log was not written"), session => session.RunAsync([.. entries.Select(AuditRow.Insert)]), cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<AuditRecord> ReadAsync(AuditQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? beyond = query.Beyond ?? (query.NewestFirst ? long.MaxValue : long.MinValue);
        while (beyond is { } position)
        {
            List<AuditRecord> page = await pool.ReadAsync(
                new Attempt(Contract.Accounts, "The audit log was not read"), session => session.ListAsync(Select(query, position), AuditRow.Read), cancellationToken).ConfigureAwait(false);
            foreach (AuditRecord line in page)
                yield return line;
            beyond = page.Count == PageRows ? page[^1].Position : null;
        }
    }

    /// <summary>Each kind of query has a text of its own, since an index is of use only for what is compared with =, and not after OR.</summary>
    private static Query Select(AuditQuery query, long beyond)
    {
        List<string> wanted = [query.NewestFirst ? "position < $1" : "position > $1", "at >= $2", "at < $3"];
        var select = new List<Action<Query>>();
        Want(query.Subject, place => $"left(subject, 64) = left(${place}, 64) AND subject = ${place}", q => q.Add(query.Subject));
        Want(query.Actor, place => $"actor = ${place}", q => q.Add(query.Actor));
        Want(query.Action, place => $"action = ${place}", q => q.Add((short?)query.Action));

        string order = query.NewestFirst ? "position DESC" : "position";
        Query built = new Query($"SELECT {AuditRow.Columns} FROM audit_log WHERE {string.Join(" AND ", wanted)} ORDER BY {order} LIMIT {PageRows}")
            .Add(beyond).Add(query.Since?.Ms() ?? long.MinValue).Add(query.Before?.Ms() ?? long.MaxValue);
        select.ForEach(add => add(built));
        return built;

        void Want(object? value, Func<int, string> condition, Action<Query> add)
        {
            if (value is null)
                return;
            wanted.Add(condition(wanted.Count + 1));
            select.Add(add);
        }
    }
}
