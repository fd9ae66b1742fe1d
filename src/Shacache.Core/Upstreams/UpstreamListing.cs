using Shacache.Core.Entries;

namespace Shacache.Core.Upstreams;

/// <summary>What another cache lists under a key, as it was last heard.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entries">Its entries in the order in which they came, expired ones included; at least one.</param>
/// <param name="Upstream">The name of who said so.</param>
/// <param name="FetchedAt">When.</param>
/// <param name="AgeWhenFetched">How old it was then already, since the other cache had it from elsewhere.</param>
/// <param name="UsedAt">When somebody asked for it, to a day: what nobody asks for any more can go.</param>
public sealed record UpstreamListing(
    EntryKey Key, IReadOnlyList<SignedEntry> Entries, string Upstream, DateTimeOffset FetchedAt, TimeSpan AgeWhenFetched, DateTimeOffset UsedAt);
