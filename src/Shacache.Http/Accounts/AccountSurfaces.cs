using Microsoft.AspNetCore.Http;
using Shacache.Http.Surfaces;

namespace Shacache.Http.Accounts;

/// <summary>The routes of accounts, on servers that have any.</summary>
internal sealed class AccountSurfaces(AccountSurface account, AdminSurface admin)
{
    public ValueTask<long> HandleAsync(HttpContext context, in Route route) =>
        route.Surface == Surface.Admin ? admin.HandleAsync(context, route) : account.HandleAsync(context, route);
}
