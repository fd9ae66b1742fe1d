using System.Text.Json;
using Shacache.Core.Accounts;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Details;

/// <summary>The page of a key, and that of one of its entries.</summary>
internal sealed class KeyPages(EntryLooks looks, EntryVerdicts verdicts, Provenance provenance, TimeProvider time)
{
    private const int MaxMembers = 100;
    private const int MaxValueLength = 2000;
    private const int MaxRawLength = 32 * 1024;

    /// <returns>Null when there is nothing under it.</returns>
    public async ValueTask<Html?> RenderKeyAsync(PageVisitor visitor, EntryKey key, CancellationToken cancellationToken)
    {
        KeyLook look = await looks.LookAsync(key, cancellationToken);
        if (look.Entries.Count == 0)
            return null;
        string more = look.Count > look.Entries.Count ? $", of which the {look.Entries.Count} newest are shown" : "";
        return PageFrame.Render(visitor, key.Value, Html.Of($"""
            <h1>{Html.Foreign(key.Value, 160)}</h1>
            <p class="lead">A key with {Words.Count(look.Count, "entry", "entries")}{more}. Clients take the first that their own list of certificates accepts, and whose content there is.</p>
            {EntryList.Command(EntryList.Download(key))}
            {EntryList.Command($"{visitor.Surfaces.Curl} -f {ShellWord.Quote($"{visitor.Surfaces.Directory}/{key.ToPathSegment()}")}")}
            <h2>Entries</h2>
            {EntryList.Render(visitor, look.Entries, time.GetUtcNow(), withKey: false)}
            """));
    }

    /// <returns>Null when there is no such entry (any more).</returns>
    public async ValueTask<Html?> RenderEntryAsync(PageVisitor visitor, EntryKey key, string id, CancellationToken cancellationToken)
    {
        KeyLook look = await looks.LookAsync(key, cancellationToken);
        if (look.Entries.FirstOrDefault(one => one.Id == id) is not { } entry)
            return null;
        DateTimeOffset now = time.GetUtcNow();
        string name = entry.FindName() ?? key.Value;
        Html origin = await provenance.RenderAsync(visitor, AuditAction.Index, key.Value, now, cancellationToken);
        return PageFrame.Render(visitor, name, Html.Of($"""
            <h1>{Html.Foreign(name, 160)}</h1>
            <p class="lead">An entry: who signed it says that this content belongs to this key.</p>
            <dl class="facts">
            <dt>Verdict</dt><dd>{EntryList.Verdict(entry.Verdict)}</dd>
            <dt>Key</dt><dd><a href="{PageLink.For(key)}">{Html.Code(key.Value, 1100)}</a></dd>
            <dt>Object</dt><dd><a href="{PageLink.For(entry.Entry.Digest)}"><code>{entry.Entry.Digest.ToString()}</code></a></dd>
            <dt>Size</dt><dd>{EntryList.Presence(entry.Content)}</dd>
            {EntryList.Times(entry.Content, now)}
            <dt>Listed</dt><dd>{Words.Time(entry.Since, now)}{(entry.Upstream is { } upstream ? Html.Of($" by the upstream {Html.Foreign(upstream)}") : Html.None)}</dd>
            {origin}
            <dt>Expires</dt><dd>{(entry.Entry.ExpiresAt is { } end ? Words.Time(end, now) : Html.Of($"never"))}</dd>
            <dt>Key binding</dt><dd>{Html.Foreign(KeyEvidence.Of(key, entry.Entry).Explanation)}</dd>
            </dl>
            {EntryList.Command(EntryList.Download(key))}
            {EntryList.Command(EntryList.Curl(visitor, entry.Entry.Digest))}
            {Signatures(entry.Entry)}
            <h2>What it says</h2>
            {Members(entry.Entry)}
            <details><summary>The signed text</summary><pre class="raw" tabindex="0"><code>{Html.Shorten(entry.Entry.Information, MaxRawLength)}</code></pre></details>
            """));
    }

    private Html Signatures(SignedEntry entry)
    {
        if (verdicts.Trusted is not { } trusted || entry.Signature.Length == 0)
            return Html.None;
        return Html.Of($"""
            <h2>Signature, by each certificate of the server's list</h2>
            <ul class="rows">
            {SignatureExamination.Of(entry, trusted).Take(MaxMembers).Select(one => Html.Of($"""
                <li><span class="state {(one.IsSigner ? "good" : "aside")}">{(one.IsSigner ? "signed by" : "not by")}</span> {Html.Foreign(one.Key.Subject)}
                <span class="aside">{Html.Foreign(one.SignatureExplanation)}{(one.IsSigner ? $"; sig2: {one.StrongExplanation}" : "")}</span></li>
                """))}
            </ul>
            """);
    }

    private static Html Members(SignedEntry entry)
    {
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        List<Html> rows = [];
        foreach (JsonProperty member in information.RootElement.EnumerateObject())
        {
            if (rows.Count == MaxMembers)
            {
                rows.Add(Html.Of($"<dt>…</dt><dd class=\"aside\">further members are in the signed text</dd>"));
                break;
            }

            bool isDigest = member.NameEquals("sha512"u8);
            string value = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
            rows.Add(Html.Of($"<dt>{Html.Foreign(member.Name, 60)}</dt><dd>{(isDigest ? Html.Code(value) : Html.Foreign(value, MaxValueLength))}</dd>"));
        }

        return Html.Of($"<dl class=\"facts\">{rows}</dl>");
    }
}
