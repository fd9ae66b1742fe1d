using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Retention;

/// <summary>How a rule looks in table <c>rules</c>.</summary>
internal static class RuleRow
{
    /// <summary>Puts a rule, in the place of an older one. Inside the writer's transaction.</summary>
    public static void Put(Connection connection, ContentRule rule)
    {
        Delete(connection, rule.Kind, rule.Subject);
        using Statement insert = connection.Prepare(
            "INSERT INTO rules (kind, digest, key, made_at, ends_at, actor, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        if (rule.Subject.Digest is { } digest)
            insert.BindBlob(2, Bytes(digest));
        else
            insert.BindText(3, rule.Subject.Key!.Value);
        insert.Bind(1, (long)rule.Kind)
            .Bind(4, rule.MadeAt.ToUnixTimeMilliseconds())
            .Bind(5, rule.EndsAt?.ToUnixTimeMilliseconds())
            .BindText(6, rule.Actor)
            .BindText(7, rule.Reason)
            .Run();
    }

    /// <summary>Deletes a rule. Inside the writer's transaction.</summary>
    /// <returns>False when there was none.</returns>
    public static bool Delete(Connection connection, RuleKind kind, RuleSubject subject)
    {
        using Statement delete = subject.Digest is { } digest
            ? connection.Prepare("DELETE FROM rules WHERE digest = ?2 AND kind = ?1").BindBlob(2, Bytes(digest))
            : connection.Prepare("DELETE FROM rules WHERE key = ?2 AND kind = ?1").BindText(2, subject.Key!.Value);
        delete.Bind(1, (long)kind).Run();
        return connection.Changes > 0;
    }

    /// <summary>The rules of a kind that have not ended, oldest first.</summary>
    public static List<ContentRule> List(Connection connection, RuleKind kind, long nowMs)
    {
        using Statement select = connection.Prepare(
            "SELECT digest, key, made_at, ends_at, actor, reason FROM rules WHERE kind = ?1 AND (ends_at IS NULL OR ends_at > ?2) ORDER BY made_at, id");
        select.Bind(1, (long)kind).Bind(2, nowMs);
        List<ContentRule> rules = [];
        while (select.Step())
        {
            RuleSubject subject = select.IsNull(0) ? RuleSubject.Of(EntryKey.Create(select.Text(1))) : RuleSubject.Of(new Digest(select.Bytes(0)));
            DateTimeOffset? endsAt = select.IsNull(3) ? null : DateTimeOffset.FromUnixTimeMilliseconds(select.Int64(3));
            rules.Add(new ContentRule(kind, subject, DateTimeOffset.FromUnixTimeMilliseconds(select.Int64(2)), endsAt, select.Text(4), select.Text(5)));
        }

        return rules;
    }

    private static byte[] Bytes(Digest digest)
    {
        byte[] bytes = new byte[Digest.LengthBytes];
        digest.CopyTo(bytes);
        return bytes;
    }
}
