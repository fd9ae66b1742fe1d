using Npgsql;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Retention;

/// <summary>How a rule looks in table <c>rules</c>.</summary>
internal static class RuleRow
{
    /// <summary>Puts a rule, in the place of an older one.</summary>
    public static Query[] Put(ContentRule rule) =>
    [
        Delete(rule.Kind, rule.Subject),
        new Query("INSERT INTO rules (kind, digest, key, made_at, ends_at, actor, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .Add((short)rule.Kind).Add(rule.Subject.Digest?.ToBytes()).Add(rule.Subject.Key?.Value).Add(rule.MadeAt.Ms()).Add(rule.EndsAt?.Ms()).Add(rule.Actor).Add(rule.Reason),
    ];

    /// <summary>Deletes a rule.</summary>
    public static Query Delete(RuleKind kind, RuleSubject subject) => subject.Digest is { } digest
        ? new Query("DELETE FROM rules WHERE digest = $1 AND kind = $2").Add(digest.ToBytes()).Add((short)kind)
        : new Query("DELETE FROM rules WHERE key = $1 AND kind = $2").Add(subject.Key!.Value).Add((short)kind);

    /// <summary>The rules of a kind that have not ended, oldest first.</summary>
    public static Query Select(RuleKind kind, long nowMs) => new Query(
        "SELECT digest, key, made_at, ends_at, actor, reason, kind FROM rules WHERE kind = $1 AND (ends_at IS NULL OR ends_at > $2) ORDER BY made_at, id")
        .Add((short)kind).Add(nowMs);

    public static ContentRule Read(NpgsqlDataReader row) => new(
        (RuleKind)row.GetInt16(6),
        row.IsDBNull(0) ? RuleSubject.Of(EntryKey.Create(row.Text(1))) : RuleSubject.Of(row.Digest(0)),
        row.Time(2),
        row.TimeOrNull(3),
        row.Text(4),
        row.Text(5));
}
