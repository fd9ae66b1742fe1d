using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Details;

/// <summary>The page of an object.</summary>
internal sealed class ObjectPage(EntryLooks looks, Provenance provenance, TimeProvider time)
{
    /// <returns>Null when it is not here, and no entry names it.</returns>
    public async ValueTask<Html?> RenderAsync(PageVisitor visitor, Digest digest, CancellationToken cancellationToken)
    {
        ObjectLook content = await looks.LookAtObjectAsync(digest, cancellationToken);
        IReadOnlyList<EntryLook> entries = await looks.LookAsync(digest, cancellationToken);
        if (!content.IsHere && !content.IsBlocked && entries.Count == 0)
            return null;
        Html body = await RenderBodyAsync(visitor, content, entries, cancellationToken);
        return PageFrame.Render(visitor, $"Object {digest.ToString()[..16]}…", Html.Of($"""
            <h1>Object <code>{digest.ToString()[..16]}…</code></h1>
            {body}
            """));
    }

    /// <summary>All but the heading.</summary>
    public async ValueTask<Html> RenderBodyAsync(PageVisitor visitor, ObjectLook content, IReadOnlyList<EntryLook> entries, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        return Body(visitor, content, entries, await provenance.RenderAsync(visitor, AuditAction.Upload, content.Digest.ToString(), now, cancellationToken), now);
    }

    private static Html Body(PageVisitor visitor, ObjectLook content, IReadOnlyList<EntryLook> entries, Html origin, DateTimeOffset now) => Html.Of($"""
        <p class="lead">{(content.IsBlocked
            ? "An operator of this server blocked it: it is refused to everybody, wherever it comes from."
            : content.IsHere
            ? "It is stored here, and sent to everybody who asks for its digest and may read."
            : "Entries name it, but its content is not here: it was never uploaded, or has gone since.")}</p>
        <dl class="facts">
        <dt>SHA-512</dt><dd><code>{content.Digest.ToString()}</code></dd>
        <dt>Size</dt><dd>{EntryList.Presence(content)}{(content is { IsHere: true, Usage: { } usage } ? Html.Of($" <span class=\"aside\">{Words.Count(usage.LengthBytes)} bytes</span>") : Html.None)}</dd>
        {EntryList.Times(content, now)}
        {origin}
        </dl>
        {(content.IsHere ? EntryList.Command(EntryList.Curl(visitor, content.Digest)) : Html.None)}
        <h2>Entries that name it</h2>
        {(entries.Count == 0
            ? Html.Of($"<p class=\"aside\">None: only who knows its digest finds it.</p>")
            : EntryList.Render(visitor, entries, now, withKey: true))}
        {(entries.Count == EntryLooks.MaxEntries ? Html.Of($"<p class=\"aside\">There may be more.</p>") : Html.None)}
        """);
}
