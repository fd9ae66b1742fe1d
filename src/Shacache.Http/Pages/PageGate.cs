using System.Net;
using Microsoft.AspNetCore.Http;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Entries;
using Shacache.Http.Pages.Markup;
using Shacache.Http.Requests;

namespace Shacache.Http.Pages;

/// <summary>Decides who sees the pages, and what on them.</summary>
/// <remarks>
/// Where they are shown by address, a page of a web site whose name leads to this machine must not read them (<see cref="WebPageGuard"/>): an account does
/// not come with such a request, so that the guard would let it pass.
/// </remarks>
internal sealed class PageGate(
    IUploadGate uploads, IOperatorGate operators, KeyListing keys, WebPageGuard webPages, PageOptions options, PageSurfaces surfaces)
{
    private static readonly Problem NotHere = new(
        StatusCodes.Status403Forbidden, "The pages about this server are shown on its own machine only (pages = loopback).");

    /// <summary>Whether there are pages at all.</summary>
    public bool IsOn => options.Audience != PageAudience.Off;

    /// <summary>Who looks; or why they see nothing.</summary>
    public async ValueTask<(PageVisitor? Visitor, Problem? Refusal)> AdmitAsync(HttpContext context)
    {
        bool isByAddress = options.Audience == PageAudience.Loopback || !uploads.HasAccounts;
        if (isByAddress && webPages.FindForeign(context) is { } foreign)
            return (null, foreign);
        if (options.Audience == PageAudience.Loopback && !IsHere(context))
            return (null, NotHere);
        Problem? refusal = await operators.FindRefusalAsync(context);
        if (options.Audience == PageAudience.Administrators && refusal is not null)
            return (null, refusal);
        bool isAdministrator = refusal is null;
        bool mayList = isAdministrator || await keys.FindRefusalAsync(context, asksUpstream: false) is null;
        return (new PageVisitor(surfaces.For(context.Request), mayList, isAdministrator, MaySignIn: uploads.HasAccounts && !isAdministrator), null);
    }

    /// <summary>Why a visitor who wants to show an account is none that may administer; null when they are.</summary>
    public ValueTask<Problem?> FindSignInRefusalAsync(HttpContext context) => operators.FindAccountRefusalAsync(context);

    private static bool IsHere(HttpContext context) => ConnectionOrigin.IsOperator(context) ||
        (context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(ConnectionOrigin.Unmapped(address)));
}
