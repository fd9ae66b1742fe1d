using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Urls;
using Shacache.Http.Pages.Details;
using Shacache.Http.Pages.Markup;
using Shacache.Http.Upstreams;

namespace Shacache.Http.Pages.Search;

/// <summary>Finds what a text means: a digest, a URL, a key; and for those who may list keys every key that holds it.</summary>
internal sealed class SearchPage(EntryLooks looks, ObjectPage objects, KeySearch keys, ProximityOptions proximity, TimeProvider time)
{
    private const int MaxLength = 8192;

    /// <param name="visitor">Who looks.</param>
    /// <param name="text">What was typed.</param>
    /// <param name="after">After which key the list of those that hold it goes on; empty for its beginning.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async ValueTask<Html> RenderAsync(PageVisitor visitor, string text, string after, CancellationToken cancellationToken)
    {
        text = text.Trim();
        if (text.Length > MaxLength)
            text = text[..MaxLength];
        Html body = text.Length == 0 ? Hint() : await FindAsync(visitor, text, after, cancellationToken);
        return PageFrame.Render(visitor, text.Length == 0 ? "Search" : $"Search: {text}", body, query: text);
    }

    private static Html Hint() => Html.Of($"""
        <h1>Search</h1>
        <p>A <strong>URL</strong> finds what is listed for it, in all forms that clients look up, and says why there is nothing. A <strong>digest</strong> (SHA-512,
        128 hexadecimal digits) finds an object. A <strong>key</strong>, or a part of one, finds entries.</p>
        """);

    private async ValueTask<Html> FindAsync(PageVisitor visitor, string text, string after, CancellationToken cancellationToken)
    {
        if (Digest.TryParse(text.AsSpan(text.LastIndexOf('/') + 1), out Digest digest))
            return await FindObjectAsync(visitor, digest, cancellationToken);
        if (UrlKeys.FindUrl(text) is { } url)
            return await FindUrlAsync(visitor, url, cancellationToken);
        if (UrlMd5.IsMd5(text))
            return await ExplainAsync(visitor, text, UrlKeys.OfMd5(text.ToLowerInvariant()), cancellationToken);
        return await FindKeysAsync(visitor, text, after, cancellationToken);
    }

    private async ValueTask<Html> FindObjectAsync(PageVisitor visitor, Digest digest, CancellationToken cancellationToken)
    {
        ObjectLook content = await looks.LookAtObjectAsync(digest, cancellationToken);
        IReadOnlyList<EntryLook> entries = await looks.LookAsync(digest, cancellationToken);
        Html body = await objects.RenderBodyAsync(visitor, content, entries, cancellationToken);
        return content.IsHere || content.IsBlocked || entries.Count > 0
            ? Html.Of($"<h1>Object <a href=\"{PageLink.For(digest)}\"><code>{digest.ToString()[..16]}…</code></a></h1>{body}")
            : Html.Of($"""
                <h1>Object <code>{digest.ToString()[..16]}…</code></h1>
                <p><span class="state bad">It is not here</span>, and no entry names it.{Upstreams(" A client that asks for it makes this server ask its upstreams")}</p>
                """);
    }

    private async ValueTask<Html> FindUrlAsync(PageVisitor visitor, string url, CancellationToken cancellationToken)
    {
        Html found = await ExplainAsync(visitor, url, UrlKeys.Of(url, visitor.Surfaces.Gateway is not null), cancellationToken);
        Html commands = Html.Of($"""
            <h2>How to get it</h2>
            {EntryList.Command($"shacache fetch -c slapos.cfg {ShellWord.Quote(url)} -O")}
            {(visitor.Surfaces.Gateway is { } gateway && url.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme
                ? EntryList.Command($"{visitor.Surfaces.Curl} -fO {ShellWord.Quote($"{gateway}/{url[..scheme]}/{url[(scheme + 3)..]}")}")
                : Html.None)}
            {(UrlSecrets.Find(url) is null ? Html.None : Html.Of($"<p class=\"aside\">The URL holds what looks like a credential: it is not listed without <code>--with-credentials</code>.</p>"))}
            """);
        return Html.Of($"{found}{commands}");
    }

    private async ValueTask<Html> ExplainAsync(PageVisitor visitor, string asked, IReadOnlyList<SoughtKey> sought, CancellationToken cancellationToken)
    {
        var finding = new Finding();
        foreach (SoughtKey key in sought)
            finding.Add(key, await looks.LookAsync(key.Key, cancellationToken));
        IReadOnlyList<EntryLook> entries = finding.Entries;
        return Html.Of($"""
            <h1>{Html.Foreign(asked, 400)}</h1>
            <p>{finding.Summarise([.. proximity.Upstreams.Select(upstream => upstream.Name)])}</p>
            {(entries.Count == 0 ? Html.None : Html.Of($"<h2>Entries</h2>{EntryList.Render(visitor, entries, time.GetUtcNow(), withKey: true)}"))}
            {finding.Explain()}
            """);
    }

    private async ValueTask<Html> FindKeysAsync(PageVisitor visitor, string text, string after, CancellationToken cancellationToken)
    {
        KeyLook? look = EntryKey.TryCreate(text, out EntryKey? key, out string? problem) ? await looks.LookAsync(key, cancellationToken) : null;
        Html exact = look is { Entries.Count: > 0 }
            ? Html.Of($"""
                <h2>The key itself</h2>
                {EntryList.Command(EntryList.Download(look.Key))}
                {EntryList.Render(visitor, look.Entries, time.GetUtcNow(), withKey: true)}
                """)
            : Html.Of($"""<p><span class="state bad">Nothing is listed under exactly this key.</span>{Upstreams(" A client that asks for it makes this server ask its upstreams")}{(problem is null ? "" : $" {problem}")}</p>""");
        Html holding = visitor.MayListKeys
            ? await keys.RenderAsync(text, after, cancellationToken)
            : Html.Of($"<p class=\"aside\">Keys that hold it are shown to those who may list keys (key-listing).</p>");
        return Html.Of($"<h1>{Html.Foreign(text, 400)}</h1>{exact}{holding}");
    }

    private string Upstreams(string words) =>
        proximity.Upstreams.Count == 0 ? "" : $"{words} ({string.Join(", ", proximity.Upstreams.Select(upstream => upstream.Name))}).";
}
