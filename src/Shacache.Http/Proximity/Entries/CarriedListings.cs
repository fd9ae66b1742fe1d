using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Errors;
using Shacache.Http.Listings;

namespace Shacache.Http.Proximity.Entries;

/// <summary>Lists what upstreams listed when there were any: a server that was filled is carried to where there are none.</summary>
internal sealed class CarriedListings(TimeProvider time, IUpstreamListings? listings = null) : IRelayedListings
{
    // Nothing is added without upstreams: whoever has none, once, has none.
    private volatile bool _isEmpty = listings is null;

    public async ValueTask<Problem?> CompleteAsync(HttpContext context, EntryKey key, List<SignedEntry> entries)
    {
        if (!_isEmpty)
        {
            if (await listings!.FindAsync(key, context.RequestAborted) is { } known)
            {
                DateTimeOffset now = time.GetUtcNow();
                ProximityHeaders.WriteOwn(context.Response.Headers, entries.Count);
                entries.AddRange(known.Entries.Where(entry => !entry.IsExpired(now)).Except(entries).ToList());
            }
            else if (!await listings.AnyAsync(context.RequestAborted))
            {
                _isEmpty = true;
            }
        }

        return entries.Count > 0 ? null : ErrorMapping.KeyUnknown(key);
    }
}
