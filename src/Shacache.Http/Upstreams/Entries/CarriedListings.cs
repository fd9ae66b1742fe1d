using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Answers;
using Shacache.Http.Entries;

namespace Shacache.Http.Upstreams.Entries;

/// <summary>Lists what upstreams listed when there were any: a server that was filled is carried to where there are none.</summary>
internal sealed class CarriedListings(TimeProvider time, IUpstreamListings listings) : IRelayedListings
{
    // Nothing is added without upstreams: where there are none once, there are none.
    private volatile bool _isEmpty;

    public async ValueTask<Problem?> CompleteAsync(HttpContext context, EntryKey key, List<SignedEntry> entries)
    {
        if (!_isEmpty)
        {
            if (await listings.FindAsync(key, context.RequestAborted) is { } known)
            {
                DateTimeOffset now = time.GetUtcNow();
                UpstreamHeaders.WriteOwn(context.Response.Headers, entries.Count);
                entries.AddRange(known.Entries.Where(entry => !entry.IsExpired(now)).Except(entries).ToList());
            }
            else if (!await listings.AnyAsync(context.RequestAborted))
            {
                _isEmpty = true;
            }
        }

        return entries.Count > 0 ? null : EntryProblems.Unknown(key);
    }
}
