using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Upstreams.Entries;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Makes this server know what its upstreams list under a key.</summary>
internal sealed class KeyPull(IEntryStore entries, IBlobStore blobs, IUpstreamListings listings, ListingFetches fetches, RequestPath path, TimeProvider time)
{
    private const string NotKept =
        "What upstreams list under the key could not be kept here; the server's log says why.";

    /// <summary>What counts as used anew: listings that are not asked for are forgotten one day.</summary>
    private static readonly TimeSpan UsePrecision = TimeSpan.FromDays(1);

    public async Task<PulledKeyDocument> RunAsync(EntryKey key, CancellationToken cancellationToken)
    {
        ListingAnswer answer = await fetches.Start(key, path.Own).WaitAsync(cancellationToken);

        // What was kept, not what came: the one that counts when no upstream can be asked any more.
        UpstreamListing? known = await listings.FindAsync(key, cancellationToken);
        if (known is not null && time.GetUtcNow() - known.UsedAt >= UsePrecision)
            await listings.NoteUseAsync(key, cancellationToken);
        SignedEntry[] listed =
        [
            .. (await entries.ListAsync(key, cancellationToken)).Select(stored => stored.Entry)
                .Union((known?.Entries ?? []).Where(entry => !entry.IsExpired(time.GetUtcNow()))),
        ];
        List<PulledKeyObject> objects = [];
        foreach (Digest digest in listed.SelectMany(entry => (IEnumerable<Digest>)[entry.Digest, .. EntryDocuments.Of(entry)]).Distinct())
        {
            await using IBlob? blob = await blobs.OpenAsync(digest, cancellationToken);

            // What may be damaged is compared when it is asked for by itself: that takes a while, as a transfer does.
            objects.Add(new PulledKeyObject(digest.ToString(), blob is { IsVerified: true }));
        }

        (PullOutcome outcome, string? problem, bool mayPass) = Judge(answer, known, listed.Length > 0);
        return new PulledKeyDocument(outcome, problem, mayPass, objects, listed.Length);
    }

    private static (PullOutcome Outcome, string? Problem, bool MayPass) Judge(ListingAnswer answer, UpstreamListing? known, bool isListed) => answer switch
    {
        ListingAnswer.Failed { Problem: var problem } => (PullOutcome.Failed, problem.Line, true),
        ListingAnswer.Listed { IsFallback: true } =>
            (PullOutcome.Failed, "No upstream answered for the key; what is known of it is a peer's, or from earlier.", true),
        ListingAnswer.Listed { Listing: var listing } when known is null || (known.FetchedAt <= listing.FetchedAt && !known.Entries.SequenceEqual(listing.Entries)) =>
            (PullOutcome.Failed, NotKept, false),
        ListingAnswer.Listed { IsChange: true } => (PullOutcome.Pulled, null, false),
        ListingAnswer.Missing when !isListed => (PullOutcome.Missing, UpstreamProblems.NobodyLists, false),
        _ => (PullOutcome.Here, null, false),
    };
}
