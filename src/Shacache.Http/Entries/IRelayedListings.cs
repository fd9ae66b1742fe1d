using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;
using Shacache.Http.Answers;

namespace Shacache.Http.Entries;

/// <summary>Entries that were not put here, but come from other caches.</summary>
internal interface IRelayedListings
{
    /// <summary>Adds them after those that were put here, without repeats, and writes the headers that say how they came about.</summary>
    /// <param name="context">The request.</param>
    /// <param name="key">What it is for.</param>
    /// <param name="entries">What was put here, newest first.</param>
    /// <returns>What to answer instead, when there are no entries at all; null when there are some.</returns>
    ValueTask<Problem?> CompleteAsync(HttpContext context, EntryKey key, List<SignedEntry> entries);
}
