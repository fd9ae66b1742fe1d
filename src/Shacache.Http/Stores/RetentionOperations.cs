using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Messages;
using Shacache.Core.Retention;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Requests;

namespace Shacache.Http.Stores;

/// <summary>What operators keep, refuse and take away (docs/protocol.md, "Stores").</summary>
internal sealed class RetentionOperations(ContentWithdrawal withdrawal, IRetentionStore store, TimeProvider time)
{
    private static readonly Problem NoSubject = Malformed("The document names neither an object (sha512) nor a key (key), or both.");
    private static readonly Problem NoPin = new(StatusCodes.Status404NotFound, "There is no such pin.");
    private static readonly Problem NoBlock = new(StatusCodes.Status404NotFound, "There is no such block.");

    public ValueTask PinAsync(HttpContext context) => AddAsync(context, RuleKind.Pin, AuditAction.Pin);

    public ValueTask BlockAsync(HttpContext context) => AddAsync(context, RuleKind.Block, AuditAction.Block);

    public ValueTask UnpinAsync(HttpContext context) => EndAsync(context, RuleKind.Pin, AuditAction.Unpin, NoPin);

    public ValueTask UnblockAsync(HttpContext context) => EndAsync(context, RuleKind.Block, AuditAction.Unblock, NoBlock);

    public ValueTask ListPinsAsync(HttpContext context) => ListAsync(context, RuleKind.Pin);

    public ValueTask ListBlocksAsync(HttpContext context) => ListAsync(context, RuleKind.Block);

    /// <summary>Removes an object, or the entries of a key.</summary>
    public async ValueTask RemoveAsync(HttpContext context)
    {
        RemovalOrderDocument order = await BoundedBody.ReadJsonAsync(context, RetentionDocuments.Default.RemovalOrderDocument);
        Digest? digest = ReadDigest(order.Sha512);
        EntryKey? key = ReadKey(order.Key);
        if (digest is null && key is null)
            throw new RefusedException(NoSubject);
        if (order.Block && digest is not null && key is not null)
            throw new RefusedException(Malformed("A block is about an object or about a key; name one of them, and block the other by itself."));
        if (order.Content && key is null)
            throw new RefusedException(Malformed("Content that only the removed entries name (content) is for entries of a key (key)."));

        DateTimeOffset now = time.GetUtcNow();
        var actor = Actor.Of(context);
        string reason = ReadReason(order.Reason);
        RuleSubject subject = key is null ? RuleSubject.Of(digest!.Value) : RuleSubject.Of(key);
        ContentRule? block = order.Block ? new ContentRule(RuleKind.Block, subject, now, null, actor.Name, reason) : null;
        AuditEntry audit = actor.Record(now, AuditAction.Remove, subject.ToString(), Describe(order, reason));
        WithdrawalOutcome outcome = key is null
            ? await withdrawal.RemoveAsync(digest!.Value, block, audit, context.RequestAborted)
            : await withdrawal.RemoveAsync(key, digest, order.Content, block, audit, context.RequestAborted);
        await JsonAnswer.WriteAsync(
            context, StatusCodes.Status200OK, new RemovalDocument(outcome.Entries, outcome.Objects), RetentionDocuments.Default.RemovalDocument);
    }

    private static string Describe(RemovalOrderDocument order, string reason) => string.Join(
        ", ",
        new[]
        {
            order.Key is not null && order.Sha512 is not null ? $"only {order.Sha512}" : "",
            order.Content ? "with content" : "",
            order.Block ? "blocked" : "",
            reason,
        }.Where(part => part.Length > 0));

    private static Problem Malformed(string line) => new(StatusCodes.Status400BadRequest, line);

    private static Digest? ReadDigest(string? text)
    {
        if (text is null)
            return null;
        return Digest.TryParse(text, out Digest digest)
            ? digest
            : throw new RefusedException(Malformed("The object (sha512) is no SHA-512: 128 hexadecimal digits."));
    }

    private static EntryKey? ReadKey(string? text)
    {
        if (text is null)
            return null;
        return EntryKey.TryCreate(text, out EntryKey? key, out string? problem) ? key : throw new RefusedException(Malformed($"The key: {problem}"));
    }

    private static string ReadReason(string? text)
    {
        string reason = Printable.Of(text ?? "").Trim();
        return reason.Length <= ContentRule.MaxReasonLength
            ? reason
            : throw new RefusedException(Malformed($"The reason is longer than {ContentRule.MaxReasonLength} characters."));
    }

    private static async ValueTask<(RuleSubject Subject, RuleOrderDocument Order)> ReadAsync(HttpContext context)
    {
        RuleOrderDocument order = await BoundedBody.ReadJsonAsync(context, RetentionDocuments.Default.RuleOrderDocument);
        RuleSubject subject = (ReadDigest(order.Sha512), ReadKey(order.Key)) switch
        {
            ({ } digest, null) => RuleSubject.Of(digest),
            (null, { } key) => RuleSubject.Of(key),
            _ => throw new RefusedException(NoSubject),
        };
        return (subject, order);
    }

    private async ValueTask AddAsync(HttpContext context, RuleKind kind, AuditAction action)
    {
        (RuleSubject subject, RuleOrderDocument order) = await ReadAsync(context);
        DateTimeOffset now = time.GetUtcNow();
        if (order.Until <= now)
            throw new RefusedException(Malformed("The rule would have ended already (until)."));
        if (order.Until is not null && kind == RuleKind.Block)
            throw new RefusedException(Malformed("A block has no end (until); take it back when it is not needed."));
        var actor = Actor.Of(context);
        string reason = ReadReason(order.Reason);
        var rule = new ContentRule(kind, subject, now, order.Until, actor.Name, reason);
        string until = order.Until is { } end ? $"until {end.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}" : "";
        string detail = string.Join(", ", new[] { until, reason }.Where(part => part.Length > 0));
        await withdrawal.AddRuleAsync(rule, actor.Record(now, action, subject.ToString(), detail), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async ValueTask EndAsync(HttpContext context, RuleKind kind, AuditAction action, Problem missing)
    {
        (RuleSubject subject, RuleOrderDocument order) = await ReadAsync(context);
        AuditEntry audit = Actor.Of(context).Record(time.GetUtcNow(), action, subject.ToString(), ReadReason(order.Reason));
        if (await withdrawal.RemoveRuleAsync(kind, subject, audit, context.RequestAborted))
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        else
            await ErrorResponse.WriteAsync(context, missing);
    }

    private async ValueTask ListAsync(HttpContext context, RuleKind kind)
    {
        IReadOnlyList<ContentRule> rules = await store.ListRulesAsync(kind, context.RequestAborted);
        RuleDocument[] documents =
            [.. rules.Select(rule => new RuleDocument(rule.Subject.Digest?.ToString(), rule.Subject.Key?.Value, rule.MadeAt, rule.EndsAt, rule.Actor, rule.Reason))];
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new RuleListDocument(documents), RetentionDocuments.Default.RuleListDocument);
    }
}
