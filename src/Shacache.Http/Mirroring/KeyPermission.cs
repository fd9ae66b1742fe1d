using Microsoft.AspNetCore.Http;
using Shacache.Http.Accounts;
using Shacache.Http.Errors;

namespace Shacache.Http.Mirroring;

/// <summary>Decides who may list keys. A key alone says what somebody builds, and whoever has all of them can fetch everything.</summary>
internal sealed class KeyPermission(
    MirrorPermission mirror, CacheServerOptions options, AccountAuthority? authority = null, AccountGate? accounts = null)
{
    /// <param name="context">The request.</param>
    /// <param name="asksUpstream">Whether upstreams are to be asked, with the credentials that this server has there.</param>
    public async ValueTask<Problem?> FindRefusalAsync(HttpContext context, bool asksUpstream)
    {
        if (!asksUpstream && options.KeyListing == KeyListingAudience.Anyone)
            return null;
        if (!asksUpstream && options.KeyListing == KeyListingAudience.Accounts && authority is { IsOn: true } && accounts is not null)
            return (await accounts.IdentifyAccountAsync(context)).Refusal;
        return await mirror.FindRefusalAsync(context);
    }
}
