namespace Shacache.Http.Pages.Markup;

/// <summary>What all pages have around their content.</summary>
internal static class PageFrame
{
    /// <summary>A whole page.</summary>
    /// <param name="visitor">Who looks.</param>
    /// <param name="title">The title, plain text.</param>
    /// <param name="body">The content, its heading first.</param>
    /// <param name="current">The address of the page in the navigation that this is; null for none.</param>
    /// <param name="query">What was searched for.</param>
    public static Html Render(PageVisitor visitor, string title, Html body, string? current = null, string query = "") => Html.Of($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Html.Shorten(title, 100)} – shacache</title>
        <link rel="icon" type="image/svg+xml" href="/icon.svg">
        {PageStyle.Element}
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header><div class="wrap">
        <a class="brand" href="{PageLink.Overview}">shacache</a>
        <form role="search" action="{PageLink.Search}" method="get">
        <input type="search" name="q" value="{query}" maxlength="8192" aria-label="A URL, key, digest or part of a key" placeholder="URL, key, digest or part of a key" autocomplete="off" spellcheck="false">
        <button>Search</button>
        </form>
        <nav aria-label="Pages">
        {Item(PageLink.Overview, "Overview", current)}
        {(visitor.MayListKeys ? Item(PageLink.Keys, "Keys", current) : Html.None)}
        {(visitor.MaySignIn ? Item(PageLink.SignIn, "Sign in", current) : Html.None)}
        </nav>
        </div></header>
        <main id="content" class="wrap" tabindex="-1">
        {body}
        </main>
        <footer><div class="wrap">Times are in UTC. Clients verify digests and signatures themselves; this server need not be trusted.</div></footer>
        </body>
        </html>

        """);

    private static Html Item(string address, string name, string? current) => address == current
        ? Html.Of($"<a href=\"{address}\" aria-current=\"page\">{name}</a>")
        : Html.Of($"<a href=\"{address}\">{name}</a>");
}
