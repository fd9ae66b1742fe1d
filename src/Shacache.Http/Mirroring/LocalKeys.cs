using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Gateway;

namespace Shacache.Http.Mirroring;

/// <summary>The keys that this server answers for without asking anybody: those under which something was put here, and those of which upstreams listed something.</summary>
internal sealed class LocalKeys(IEntryStore entries, IUpstreamListings? listings = null)
{
    public async Task<KeyPage> ListAsync(KeyQuery query, CancellationToken cancellationToken)
    {
        KeyPage page = await entries.ListKeysAsync(query, cancellationToken);
        if (listings is not null)
            page = KeyPage.Merge([page, await listings.ListKeysAsync(query, cancellationToken)], query.Limit);

        // What a gateway noted for itself is nobody else's business.
        return page.Keys.Any(GatewayKeys.IsReserved) ? page with { Keys = [.. page.Keys.Where(key => !GatewayKeys.IsReserved(key))] } : page;
    }
}
