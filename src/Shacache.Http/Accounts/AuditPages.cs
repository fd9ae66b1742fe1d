using System.Globalization;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;

namespace Shacache.Http.Accounts;

/// <summary>Answers questions to the audit log, a page at a time.</summary>
internal sealed class AuditPages(IAuditLog log, AuditNotes notes)
{
    private const int UsualLimit = 100;
    private const int MaxLimit = 1000;
    private static readonly string[] Parameters = ["limit", "order", "beyond", "actor", "subject", "action", "since", "before"];

    /// <summary>Answers.</summary>
    /// <exception cref="RefusedException">The question makes no sense.</exception>
    public async ValueTask SendAsync(HttpContext context)
    {
        (AuditQuery query, int limit) = Read(context.Request.Query);
        await notes.FlushAsync(context.RequestAborted);
        List<AuditLineDocument> lines = new(limit);
        bool isLast = true;
        await foreach (AuditRecord record in log.ReadAsync(query, context.RequestAborted))
        {
            if (lines.Count == limit)
            {
                isLast = false;
                break;
            }

            lines.Add(record.ToDocument());
        }

        var page = new AuditPageDocument(lines, isLast ? null : lines[^1].Position);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, page, AccountDocuments.Default.AuditPageDocument);
    }

    private static (AuditQuery Query, int Limit) Read(IQueryCollection asked)
    {
        if (asked.Keys.FirstOrDefault(key => !Parameters.Contains(key, StringComparer.Ordinal)) is { } unknown)
            throw Malformed($"There is no parameter {unknown}; there are {string.Join(", ", Parameters)}.");
        if (asked.FirstOrDefault(pair => pair.Value.Count != 1) is { Key: { } repeated })
            throw Malformed($"The parameter {repeated} is given more than once.");
        int limit = asked["limit"] is { Count: > 0 } count
            ? int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= MaxLimit
                ? number
                : throw Malformed($"limit is no number from 1 to {MaxLimit}.")
            : UsualLimit;
        AuditAction? action = asked["action"] is [{ } word]
            ? AuditWords.TryParse(word, out AuditAction known, out string? problem) ? known : throw Malformed(problem)
            : null;
        long? beyond = asked["beyond"] is [{ } position]
            ? long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out long place) ? place : throw Malformed("beyond is no position.")
            : null;
        bool isNewestFirst = asked["order"] is not [{ } order] || order switch
        {
            "newest" => true,
            "oldest" => false,
            _ => throw Malformed("order is neither newest nor oldest."),
        };
        var query = new AuditQuery
        {
            Actor = asked["actor"],
            Subject = asked["subject"],
            Action = action,
            Since = ReadTime(asked, "since"),
            Before = ReadTime(asked, "before"),
            Beyond = beyond,
            NewestFirst = isNewestFirst,
        };
        return (query, limit);
    }

    private static DateTimeOffset? ReadTime(IQueryCollection asked, string name)
    {
        if (asked[name] is not [{ } text])
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? time
            : throw Malformed($"{name} is no time; write 2026-11-22T21:00:00Z.");
    }

    private static RefusedException Malformed(string line) => new(AccountProblems.Malformed(line));
}
