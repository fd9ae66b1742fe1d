using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Details;

/// <summary>Entries and objects in a page.</summary>
internal static class EntryList
{
    /// <summary>Several entries, each with its verdict and what fetches it.</summary>
    /// <param name="visitor">Who looks.</param>
    /// <param name="entries">The entries.</param>
    /// <param name="now">The time.</param>
    /// <param name="withKey">Whether they are of several keys.</param>
    public static Html Render(PageVisitor visitor, IEnumerable<EntryLook> entries, DateTimeOffset now, bool withKey) =>
        Html.Of($"<ol class=\"rows\">{entries.Select(entry => Row(visitor, entry, now, withKey))}</ol>");

    /// <summary>A verdict in one line.</summary>
    public static Html Verdict(EntryVerdict verdict) =>
        Html.Of($"<span class=\"state {ClassOf(verdict.Kind)}\">{verdict.Word}</span> <span class=\"aside\">{Html.Foreign(verdict.Explanation)}</span>");

    /// <summary>Whether an object is here, and how large it is.</summary>
    public static Html Presence(ObjectLook content) => content switch
    {
        { IsBlocked: true } => Html.Of($"<span class=\"state bad\">blocked by an operator</span>"),
        { IsHere: false } => Html.Of($"<span class=\"state bad\">content not here</span>"),
        { Usage: { } usage } => Html.Of($"{Words.Size(usage.LengthBytes)}"),
        _ => Html.Of($"here"),
    };

    /// <summary>When an object came and was read, as terms of a list.</summary>
    public static Html Times(ObjectLook content, DateTimeOffset now) => content is { IsHere: true, Usage: { } usage }
        ? Html.Of($"""
            <dt>Stored</dt><dd>{Words.Time(usage.StoredAt, now)}</dd>
            <dt>Read</dt><dd>{Read(usage, now)}</dd>
            """)
        : Html.None;

    /// <summary>A command or URL that people copy.</summary>
    public static Html Command(string text) => Html.Of($"<pre><code>{text}</code></pre>");

    /// <summary>What fetches an object without looking at any entry.</summary>
    public static string Curl(PageVisitor visitor, Digest digest) => $"{visitor.Surfaces.Curl} -fO {ShellWord.Quote($"{visitor.Surfaces.Cache}/{digest}")}";

    /// <summary>What fetches what is listed under a key, verified by the client's own list.</summary>
    public static string Download(EntryKey key) => $"shacache download -c slapos.cfg -k {ShellWord.Quote(key.Value)} -o FILE";

    private static Html Row(PageVisitor visitor, EntryLook entry, DateTimeOffset now, bool withKey) => Html.Of($"""
        <li>
        <div class="row"><h3><a href="{PageLink.For(entry.Key, entry.Id)}">{Html.Foreign(entry.FindName() ?? entry.Key.Value, 160)}</a></h3><span>{Presence(entry.Content)}</span></div>
        <p>{Verdict(entry.Verdict)}</p>
        <dl class="facts">
        {(withKey ? Html.Of($"<dt>Key</dt><dd><a href=\"{PageLink.For(entry.Key)}\">{Html.Code(entry.Key.Value)}</a></dd>") : Html.None)}
        <dt>Object</dt><dd><a href="{PageLink.For(entry.Entry.Digest)}"><code>{entry.Entry.Digest.ToString()[..16]}…</code></a></dd>
        <dt>Listed</dt><dd>{Words.Time(entry.Since, now)}{(entry.Upstream is { } name ? Html.Of($" by the upstream {Html.Foreign(name)}") : Html.None)}{Expiry(entry.Entry, now)}</dd>
        {Times(entry.Content, now)}
        </dl>
        {Command(entry.Content.IsHere ? Curl(visitor, entry.Entry.Digest) : Download(entry.Key))}
        </li>
        """);

    private static Html Expiry(SignedEntry entry, DateTimeOffset now) => entry.ExpiresAt is { } end
        ? Html.Of($", {(entry.IsExpired(now) ? Html.Of($"<span class=\"state bad\">expired</span>") : Html.Of($"expires"))} {Words.Time(end, now)}")
        : Html.None;

    /// <summary>How often it was used, and when last: an upload of what was here already is no reading.</summary>
    private static Html Read(in BlobUsage usage, DateTimeOffset now) => usage.Uses == 0
        ? Html.Of($"<span class=\"aside\">never</span>")
        : Html.Of($"{Words.Count(usage.Uses, "time", "times")}, last {Words.Time(usage.LastUsedAt, now)}");

    private static string ClassOf(VerdictKind kind) => kind switch
    {
        VerdictKind.Trusted => "good",
        VerdictKind.Refused => "bad",
        _ => "warn",
    };
}
