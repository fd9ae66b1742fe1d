using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Answers;
using Shacache.Http.Pages.Details;
using Shacache.Http.Pages.Markup;
using Shacache.Http.Pages.Overview;
using Shacache.Http.Pages.Search;
using Shacache.Http.Routing;

namespace Shacache.Http.Pages;

/// <summary>The pages about the server. That at its root is the overview, too, for who may see it.</summary>
internal sealed class PagesEndpoint(
    PageGate gate, HomePage home, OverviewPage overview, SearchPage search, KeysPage keys, KeyPages entries, ObjectPage objects, AccountPage accounts) : IEndpoint
{
    public IEnumerable<Mount> Mounts => [Mount.Under(PageLink.Root)];

    public bool IsForWebPages(HttpRequest request, in Route route) => false;

    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        string method = context.Request.Method;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
            return UploadRefusal.WriteMethodUnknownAsync(context, "GET, HEAD");
        return gate.IsOn ? AnswerAsync(context, route.Segment.ToString()) : UploadRefusal.WriteAsync(context, ErrorMapping.UnknownPath);
    }

    /// <summary>Answers a request for the root, which has something for everybody.</summary>
    public async ValueTask AnswerRootAsync(HttpContext context)
    {
        PageVisitor? visitor = gate.IsOn ? (await gate.AdmitAsync(context)).Visitor : null;
        await (visitor is null ? home.SendAsync(context) : PageAnswer.WriteAsync(context, StatusCodes.Status200OK, await overview.RenderAsync(visitor, context.RequestAborted)));
    }

    private async ValueTask AnswerAsync(HttpContext context, string page)
    {
        (PageVisitor? visitor, Problem? refusal) = await gate.AdmitAsync(context);
        if (visitor is null)
        {
            await ErrorResponse.WriteAsync(context, refusal!.Value);
            return;
        }

        CancellationToken token = context.RequestAborted;
        IQueryCollection query = context.Request.Query;
        Html? found = page switch
        {
            "" => await overview.RenderAsync(visitor, token),
            "search" => await search.RenderAsync(visitor, query["q"].ToString(), query["after"].ToString(), token),
            "keys" => await keys.RenderAsync(visitor, query["prefix"].ToString(), query["after"].ToString(), token),
            "key" when EntryKey.TryCreate(query["key"].ToString(), out EntryKey? key, out _) => await entries.RenderKeyAsync(visitor, key, token),
            "entry" when EntryKey.TryCreate(query["key"].ToString(), out EntryKey? key, out _) =>
                await entries.RenderEntryAsync(visitor, key, query["id"].ToString(), token),
            "object" when Digest.TryParse(query["sha512"].ToString(), out Digest digest) => await objects.RenderAsync(visitor, digest, token),
            "account" when visitor.IsAdministrator && AccountName.TryCreate(query["name"].ToString(), out AccountName? name, out _) =>
                await accounts.RenderAsync(visitor, name, query["beyond"].ToString(), token),
            _ => null,
        };
        if (page == "sign-in")
            await SignInAsync(context);
        else
            await PageAnswer.WriteAsync(context, found is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK, found ?? Missing(visitor));
    }

    /// <summary>Asks the browser for an account, which it then shows below this path by itself.</summary>
    private async ValueTask SignInAsync(HttpContext context)
    {
        if (await gate.FindSignInRefusalAsync(context) is { } refusal)
            await ErrorResponse.WriteAsync(context, refusal);
        else
            context.Response.Redirect(PageLink.Overview);
    }

    private static Html Missing(PageVisitor visitor) => PageFrame.Render(visitor, "Not found", Html.Of($"""
        <h1>There is no such page</h1>
        <p>What it was about is not here, or not for you. The search finds everything that is here.</p>
        """));
}
