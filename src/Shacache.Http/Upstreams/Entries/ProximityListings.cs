using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Answers;
using Shacache.Http.Entries;

namespace Shacache.Http.Upstreams.Entries;

/// <summary>
/// Answers for a key from what was put here and from what upstreams list. What is known of them is used at once, however old it is (RFC 5861);
/// when it is older than <see cref="ProximityOptions.DirectoryTtl"/> they are asked after the answer.
/// </summary>
internal sealed class ProximityListings(
    IUpstreamListings listings, ListingFetches fetches, RequestPath path, ProximityOptions options, TimeProvider time) : IRelayedListings
{
    /// <summary>How long upstreams are waited for when entries were put here: they must not make what is here slow.</summary>
    private static readonly TimeSpan LocalPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>How long they are not waited for at all after that was in vain.</summary>
    private static readonly TimeSpan ImpatienceTtl = TimeSpan.FromSeconds(10);

    /// <summary>How long it is remembered that a key has entries here only. They are answered with at once, and upstreams asked after the answer.</summary>
    private static readonly TimeSpan LocalOnlyTtl = TimeSpan.FromHours(1);

    private static readonly TimeSpan UsePrecision = TimeSpan.FromDays(1);

    // RFC 7234, section 5.5. No longer in RFC 9111, yet what clients and people know.
    private static readonly StringValues Old = "110 - \"Response is Stale\"";
    private static readonly StringValues OldAndUnreachable = "111 - \"Revalidation Failed\"";

    private readonly RecentMisses<EntryKey> _localOnly = new(LocalOnlyTtl, time);
    private readonly RecentMisses<string> _impatience = new(ImpatienceTtl, time);

    public async ValueTask<Problem?> CompleteAsync(HttpContext context, EntryKey key, List<SignedEntry> entries)
    {
        UpstreamHeaders.WriteOwn(context.Response.Headers, entries.Count);
        UpstreamListing? known = await listings.FindAsync(key, context.RequestAborted);
        string? via = RequestPath.IsOnlyIfCached(context.Request) ? null : path.Extend(context.Request);
        DateTimeOffset now = time.GetUtcNow();
        if (known is not null && (IsFresh(known, now) || via is null || entries.Count > 0 || known.Entries.Any(entry => !entry.IsExpired(now))))
            return await AnswerKnownAsync(context, known, via, entries);
        if (via is null)
            return AnswerLocal(context, entries, RequestPath.IsOnlyIfCached(context.Request) ? UpstreamProblems.OnlyCached(key) : UpstreamProblems.Missing(key));
        if (fetches.IsKnownMissing(key))
            return AnswerLocal(context, entries, UpstreamProblems.Missing(key));
        if (entries.Count > 0 && _localOnly.Contains(key))
        {
            _ = fetches.Start(key, via);
            return AnswerLocal(context, entries, default);
        }

        return await AskAsync(context, key, via, entries);
    }

    private bool IsFresh(UpstreamListing known, DateTimeOffset now) => now - known.FetchedAt < options.DirectoryTtl && now >= known.FetchedAt;

    private async ValueTask<Problem?> AnswerKnownAsync(HttpContext context, UpstreamListing known, string? via, List<SignedEntry> entries)
    {
        EntryKey key = known.Key;
        IHeaderDictionary headers = context.Response.Headers;
        bool isFresh = IsFresh(known, time.GetUtcNow());
        bool hasFailed = fetches.HasFailed(key);
        if (isFresh)
        {
            UpstreamHeaders.WriteHit(headers);
        }
        else
        {
            // A peer that asks for what is here alone learns its entries, too, once the upstream's are up to date.
            via ??= RequestPath.IsOnlyIfCached(context.Request) && entries.Count > 0 ? path.Extend(context.Request) : null;
            if (via is not null && !hasFailed)
                _ = fetches.Start(key, via);
            UpstreamHeaders.WriteStale(headers);
            headers.Warning = hasFailed ? OldAndUnreachable : Old;
        }

        CacheOutcome outcome = isFresh ? CacheOutcome.Hit : CacheOutcome.Stale;
        Note(context, outcome, outcome);
        if (time.GetUtcNow() - known.UsedAt >= UsePrecision)
            await listings.NoteUseAsync(key, context.RequestAborted);
        return Merge(context, known, entries);
    }

    private static Problem? AnswerLocal(HttpContext context, List<SignedEntry> entries, Problem otherwise)
    {
        bool isHit = entries.Count > 0;
        if (isHit)
            UpstreamHeaders.WriteHit(context.Response.Headers);
        else
            UpstreamHeaders.WriteMiss(context.Response.Headers);
        Note(context, isHit ? CacheOutcome.Hit : CacheOutcome.Miss, CacheOutcome.Miss);
        return isHit ? null : otherwise;
    }

    private async ValueTask<Problem?> AskAsync(HttpContext context, EntryKey key, string via, List<SignedEntry> entries)
    {
        Task<ListingAnswer> asking = fetches.Start(key, via, out bool isNew);
        if (!isNew)
            Exchange.Of(context)?.IsCoalesced = true;
        ListingAnswer? answer = entries.Count > 0 ? await WaitBrieflyAsync(asking, context.RequestAborted) : await asking.WaitAsync(context.RequestAborted);
        switch (answer)
        {
            case ListingAnswer.Listed { Listing: var listing }:
                UpstreamHeaders.WriteMiss(context.Response.Headers);
                Note(context, CacheOutcome.Miss, CacheOutcome.Hit);
                return Merge(context, listing, entries);
            case ListingAnswer.Missing:
                if (entries.Count > 0)
                    _localOnly.Add(key);
                return AnswerLocal(context, entries, UpstreamProblems.Missing(key));
            case ListingAnswer.Failed { Problem: var problem } when entries.Count == 0:
                return AnswerLocal(context, entries, problem);
            default:
                return AnswerAlone(context);
        }
    }

    /// <summary>Answers with what was put here, although upstreams may have more.</summary>
    private static Problem? AnswerAlone(HttpContext context)
    {
        UpstreamHeaders.WriteStale(context.Response.Headers);
        context.Response.Headers.Warning = OldAndUnreachable;
        Note(context, CacheOutcome.Stale, CacheOutcome.Miss);
        return null;
    }

    private async ValueTask<ListingAnswer?> WaitBrieflyAsync(Task<ListingAnswer> asking, CancellationToken cancellationToken)
    {
        TimeSpan patience = _impatience.Contains("") ? TimeSpan.Zero : LocalPatience;
        try
        {
            return await asking.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            if (patience > TimeSpan.Zero)
                _impatience.Add("");
            return null;
        }
    }

    /// <summary>Notes whether entries were here, and whether upstreams had any.</summary>
    private static void Note(HttpContext context, CacheOutcome own, CacheOutcome upstream)
    {
        if (Exchange.Of(context) is { } exchange)
            (exchange.Outcome, exchange.UpstreamOutcome) = (own, upstream);
    }

    private Problem? Merge(HttpContext context, UpstreamListing listing, List<SignedEntry> entries)
    {
        DateTimeOffset now = time.GetUtcNow();
        int localCount = entries.Count;
        if (localCount == 0)
            entries.AddRange(listing.Entries.Where(entry => !entry.IsExpired(now)));
        else
            entries.AddRange(listing.Entries.Where(entry => !entry.IsExpired(now)).Except(entries).ToList());
        if (entries.Count > localCount)
        {
            UpstreamHeaders.WriteUpstream(context.Response.Headers, listing.Upstream);
            TimeSpan age = listing.AgeWhenFetched + (now > listing.FetchedAt ? now - listing.FetchedAt : TimeSpan.Zero);
            context.Response.Headers.Age = ((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return entries.Count > 0 ? null : UpstreamProblems.Missing(listing.Key);
    }
}
