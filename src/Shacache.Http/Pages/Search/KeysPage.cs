using Shacache.Core.Entries;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Search;

/// <summary>The keys of the directory by their beginning, for those who may list keys.</summary>
internal sealed class KeysPage(KeySearch keys)
{
    private static readonly string[] Usual = [UrlMd5.FilePrefix, "pypi:", UrlMd5.BuildoutPrefix, UrlMd5.PypiBuildoutPrefix, UrlMd5.GitPrefix, UrlMd5.IndexPrefix];

    /// <returns>Null for those who may not.</returns>
    public async ValueTask<Html?> RenderAsync(PageVisitor visitor, string prefix, string after, CancellationToken cancellationToken)
    {
        if (!visitor.MayListKeys)
            return null;
        if (prefix.Length > EntryKey.MaxBytes)
            prefix = prefix[..EntryKey.MaxBytes];
        KeyPage page = await keys.FindAsync(prefix, holds: null, EntryKey.TryCreate(after, out EntryKey? place, out _) ? place : null, cancellationToken);
        return PageFrame.Render(visitor, prefix.Length == 0 ? "Keys" : $"Keys: {prefix}", Html.Of($"""
            <h1>Keys</h1>
            <p class="lead">{(prefix.Length == 0 ? Html.Of($"All keys, in the order of their bytes.") : Html.Of($"Keys that begin with {Html.Code(prefix)}"))}</p>
            <form action="{PageLink.Keys}" method="get" class="row">
            <input name="prefix" value="{prefix}" aria-label="Beginning of the keys" placeholder="Beginning of the keys, such as {Usual[0]}" maxlength="1024" autocomplete="off" spellcheck="false">
            <button>Show</button>
            </form>
            <p class="aside">Usual beginnings: {Usual.Select(usual => Html.Of($"<a href=\"{PageLink.ForKeys(usual)}\"><code>{usual}</code></a> "))}</p>
            {(page.Keys.Count == 0 ? Html.Of($"<p>There are none.</p>") : KeySearch.List(page.Keys))}
            {(page.Next is { } next ? Html.Of($"<p><a href=\"{PageLink.ForKeys(prefix, next)}\" rel=\"next\">More keys</a></p>") : Html.None)}
            """), PageLink.Keys);
    }
}
