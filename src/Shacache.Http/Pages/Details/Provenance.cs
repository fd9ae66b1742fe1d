using Shacache.Core.Accounts;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Details;

/// <summary>Who put something here, by the audit log, for administrators.</summary>
internal sealed class Provenance(IAuditLog log)
{
    private const int MaxLines = 5;

    /// <param name="visitor">Who looks.</param>
    /// <param name="action">What was done.</param>
    /// <param name="subject">To what.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Terms of a list; nothing for others, and when no account is known.</returns>
    public async ValueTask<Html> RenderAsync(PageVisitor visitor, AuditAction action, string subject, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!visitor.IsAdministrator)
            return Html.None;
        List<Html> lines = [];
        await foreach (AuditRecord record in log.ReadAsync(new AuditQuery { Action = action, Subject = subject }, cancellationToken))
        {
            lines.Add(Html.Of($"<div>{Actor(record.Entry.Actor)} from {Html.Foreign(record.Entry.From, 80)}, {Words.Time(record.Entry.At, now)}</div>"));
            if (lines.Count == MaxLines)
                break;
        }

        return lines.Count == 0 ? Html.None : Html.Of($"<dt>Put by</dt><dd>{lines}</dd>");
    }

    /// <summary>Who did something, with a link to the account's page.</summary>
    public static Html Actor(string name) => AccountName.TryCreate(name, out AccountName? account, out _)
        ? Html.Of($"<a href=\"{PageLink.For(account)}\">{Html.Foreign(name, 80)}</a>")
        : Html.Foreign(name.Trim('(', ')'), 80);
}
