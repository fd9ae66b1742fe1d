using Shacache.Core.Upstreams;
using Shacache.Http.Answers;

namespace Shacache.Http.Upstreams.Entries;

/// <summary>What came of asking the upstreams for the entries of a key.</summary>
internal abstract record ListingAnswer
{
    private ListingAnswer()
    {
    }

    /// <summary>There are some.</summary>
    /// <param name="Listing">The well-formed ones.</param>
    /// <param name="IsStale">Whether who answered could not ask its own upstreams.</param>
    public sealed record Listed(UpstreamListing Listing, bool IsStale) : ListingAnswer
    {
        /// <summary>Whether it is a peer's, because no upstream answered: better than nothing, not better than what was known.</summary>
        public bool IsFallback { get; init; }

        /// <summary>Whether something else, or nothing, was known before.</summary>
        public bool IsChange { get; init; }
    }

    /// <summary>Each of them answered, and none has any.</summary>
    public sealed record Missing : ListingAnswer
    {
        /// <summary>Whether something was known before.</summary>
        public bool IsChange { get; init; }
    }

    /// <summary>None has any as far as is known, and one that might have some did not answer.</summary>
    /// <param name="Problem">The first failure, for the client.</param>
    public sealed record Failed(Problem Problem) : ListingAnswer;
}
