using Shacache.Core;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Entries;
using Shacache.Http.Pages.Details;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Overview;

/// <summary>What came last, and who brought it: by the audit log for administrators, else, and without accounts, by the entries.</summary>
internal sealed class RecentPart(IDatabase database, TimeProvider time) : IOverviewPart
{
    private const int MaxRows = 10;

    /// <summary>Lines that are looked at: those about other things are left out.</summary>
    private const int MaxLines = 200;

    public int Place => OverviewPlace.Recent;

    public async ValueTask<OverviewPart?> RenderAsync(PageVisitor visitor, CancellationToken cancellationToken)
    {
        if (!visitor.MayListKeys)
            return null;
        DateTimeOffset now = time.GetUtcNow();
        List<Html> rows = visitor.IsAdministrator ? await ReadLogAsync(now, cancellationToken) : [];
        if (rows.Count == 0)
        {
            // The gateway notes for itself what it fetched; those notes are no client's uploads.
            IReadOnlyList<StoredEntry> newest = await database.Entries.ListNewestAsync(3 * MaxRows, cancellationToken);
            rows = [.. newest.Where(stored => !ReservedKeys.Contain(stored.Key)).Take(MaxRows).Select(stored => Row(Link(stored.Key), stored.AddedAt, now, Html.None))];
        }

        return new OverviewPart("Recent uploads", rows.Count == 0 ? Html.Of($"<p class=\"aside\">Nothing was put here yet.</p>") : Html.Of($"<ul class=\"rows\">{rows}</ul>")) { IsWide = true };
    }

    private async ValueTask<List<Html>> ReadLogAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<Html> rows = [];
        int lines = 0;
        await foreach (AuditRecord record in database.AuditLog.ReadAsync(new AuditQuery(), cancellationToken))
        {
            AuditEntry line = record.Entry;
            if (Subject(line) is { } subject)
                rows.Add(Row(subject, line.At, now, Html.Of($"by {Provenance.Actor(line.Actor)}")));
            if (rows.Count == MaxRows || ++lines == MaxLines)
                break;
        }

        return rows;
    }

    private static Html? Subject(AuditEntry line) => line.Action switch
    {
        AuditAction.Upload when Digest.TryParse(line.Subject, out Digest digest) =>
            Html.Of($"Object <a href=\"{PageLink.For(digest)}\"><code>{digest.ToString()[..16]}…</code></a>"),
        AuditAction.Index when EntryKey.TryCreate(line.Subject, out EntryKey? key, out _) => Link(key),
        _ => null,
    };

    private static Html Link(EntryKey key) => Html.Of($"Entry <a href=\"{PageLink.For(key)}\">{Html.Code(key.Value, 160)}</a>");

    private static Html Row(Html subject, DateTimeOffset at, DateTimeOffset now, Html by) =>
        Html.Of($"<li class=\"row\"><span>{subject} <span class=\"aside\">{by}</span></span><span>{Words.Time(at, now)}</span></li>");
}
