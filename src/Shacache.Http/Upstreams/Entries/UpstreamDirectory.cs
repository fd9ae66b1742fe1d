using Microsoft.Extensions.Logging;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Logging;
using Shacache.Http.Requests;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams.Entries;

/// <summary>Asks the directories of the upstreams.</summary>
/// <remarks>
/// Of the upstreams, the first that has the key answers for all. Peers are asked beside them and add what was put there: a peer's listing must not
/// hide that of the upstream.
/// </remarks>
internal sealed class UpstreamDirectory(UpstreamSet upstreams, ProximityOptions options, TimeProvider time, ILogger<UpstreamDirectory> logger)
{
    /// <summary>So much of a listing is read, in bytes: of a longer one the entries that are whole so far are used.</summary>
    public const int MaxListingBytes = 4 * 1024 * 1024;

    /// <summary>The most entries of a listing that are used: the first ones.</summary>
    public const int MaxEntries = 1000;

    private const string StaleMark = "STALE";

    /// <summary>Asks for the entries of a key.</summary>
    public async Task<ListingAnswer> AskAsync(EntryKey key, string via, CancellationToken cancellationToken)
    {
        var request = new UpstreamRequest(HttpMethod.Get, UpstreamSurface.Directory, key.ToPathSegment(), via);
        IReadOnlyList<Upstream> ranked = upstreams.Rank();
        Task<ListingAnswer> askingPeers = AskAsync(key, request, [.. ranked.Where(one => one.Options.IsPeer)], cancellationToken);
        ListingAnswer answer = await AskAsync(key, request, [.. ranked.Where(one => !one.Options.IsPeer)], cancellationToken);
        ListingAnswer ofPeers = await WaitBrieflyAsync(askingPeers, cancellationToken);
        return (answer, ofPeers) switch
        {
            // What is old at a peer counts only when no upstream knows better.
            (ListingAnswer.Failed, ListingAnswer.Listed peers) => peers with { IsFallback = true },
            (not ListingAnswer.Failed, ListingAnswer.Listed { IsStale: true }) => answer,
            (ListingAnswer.Missing, ListingAnswer.Listed peers) => peers,
            (ListingAnswer.Listed one, ListingAnswer.Listed peers) =>
                one with { Listing = one.Listing with { Entries = [.. peers.Listing.Entries.Union(one.Listing.Entries).Take(MaxEntries)] } },
            _ => answer,
        };
    }

    private ListingAnswer OrMissing(EntryKey key, UpstreamException? failure)
    {
        if (failure is null)
            return new ListingAnswer.Missing();
        Log.ListingFetchFailed(logger, key, failure.Message, failure.InnerException?.GetBaseException().Message.ReplaceLineEndings(" ") ?? "as it answered");
        return new ListingAnswer.Failed(UpstreamProblems.From(failure));
    }

    private async Task<ListingAnswer> WaitBrieflyAsync(Task<ListingAnswer> asking, CancellationToken cancellationToken)
    {
        try
        {
            return await asking.WaitAsync(options.HedgeDelay, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new ListingAnswer.Missing();
        }
    }

    private async Task<ListingAnswer> AskAsync(EntryKey key, UpstreamRequest request, List<Upstream> candidates, CancellationToken cancellationToken)
    {
        UpstreamException? failure = null;
        while (candidates.Count > 0)
        {
            switch (await upstreams.AskAsync(request, candidates, cancellationToken))
            {
                case UpstreamVerdict.Failed failed:
                    return OrMissing(key, failure ?? failed.Failure);
                case UpstreamVerdict.Missing:
                    return OrMissing(key, failure);
                case UpstreamVerdict.Found { Answer: var answer }:
                    using (answer)
                    {
                        try
                        {
                            if (await ReadAsync(key, answer, cancellationToken) is { Listing.Entries.Count: > 0 } listed)
                                return listed;
                        }
                        catch (UpstreamException e)
                        {
                            failure ??= e;
                            await e.Upstream.NoteFailureAsync(e.Trouble, e.Message, cancellationToken);
                        }
                    }

                    // An empty list, or a bad one: another may do better.
                    candidates.Remove(answer.Upstream);
                    break;
            }
        }

        return OrMissing(key, failure);
    }

    private async Task<ListingAnswer.Listed> ReadAsync(EntryKey key, UpstreamAnswer answer, CancellationToken cancellationToken)
    {
        string name = answer.Upstream.Name;
        using var body = new PooledBuffer();
        bool isWhole = await answer.TryReadAsync(body, MaxListingBytes, "listing", cancellationToken);
        IReadOnlyList<SignedEntry>? entries = EntryDocument.ParseListing(body.Written.Span, out IReadOnlyList<string> problems, isCut: !isWhole);
        if (entries is null)
            throw new UpstreamException(answer.Upstream, UpstreamTrouble.BadAnswer, $"The upstream {name} answered no listing: {problems[0]}");
        if (problems.Count > 0)
            Log.EntriesLeftOut(logger, problems.Count, name, key, problems[0]);
        if (!isWhole && entries.Count == 0)
            throw new UpstreamException(answer.Upstream, UpstreamTrouble.BadAnswer, $"The upstream {name} answered a listing of more than {MaxListingBytes} bytes without an entry in them.");
        if (!isWhole)
            Log.ListingCut(logger, name, key, MaxListingBytes, entries.Count);
        bool isStale = answer.Response.Headers.NonValidated.TryGetValues(WireHeaders.CacheStatus, out var values) && values.ToString() == StaleMark;
        TimeSpan age = answer.Response.Headers.Age is { } stated && stated > TimeSpan.Zero ? stated : TimeSpan.Zero;
        DateTimeOffset now = time.GetUtcNow();
        return new ListingAnswer.Listed(new UpstreamListing(key, [.. entries.Distinct().Take(MaxEntries)], name, now, age, now), isStale);
    }
}
