using Microsoft.AspNetCore.Http;
using Shacache.Http.Pages.Markup;
using Shacache.Http.Pages.Overview;

namespace Shacache.Http.Pages;

/// <summary>The page at the root for everybody: what this is, where it lives as the visitor sees it, and how to use it.</summary>
internal sealed class HomePage(PageSurfaces surfaces, PageOptions options, UsagePart usage)
{
    /// <summary>Answers a request.</summary>
    public ValueTask SendAsync(HttpContext context) => PageAnswer.WriteAsync(context, StatusCodes.Status200OK, Render(surfaces.For(context.Request)));

    private Html Render(SurfaceUrls urls)
    {
        Html pages = options.Audience == PageAudience.Administrators
            ? Html.Of($"<p><a href=\"{PageLink.Overview}\">Pages about this server</a>, for accounts that may administer.</p>")
            : Html.None;
        return Html.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>shacache: a network cache for builds</title>
            <link rel="icon" type="image/svg+xml" href="/icon.svg">
            {PageStyle.Element}
            </head>
            <body>
            <main class="wrap">
            <h1>A network cache for builds</h1>
            <p>This is a <strong>shacache</strong> server. It keeps files that builds download, and software that was built,
            by the SHA-512 of their content, and a directory of signed entries that say which content belongs to which key.
            Clients verify digest and signature: the server need not be trusted.</p>
            {pages}
            {usage.Render(urls)}
            </main>
            </body>
            </html>

            """);
    }
}
