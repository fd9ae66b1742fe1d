using Shacache.Core.Entries;

namespace Shacache.Client.Entries;

/// <summary>What a server lists under a key.</summary>
/// <param name="Entries">In its order.</param>
/// <param name="IsCertain">False when some of them may be its upstreams' and not its own.</param>
internal sealed record StoredListing(IReadOnlyList<SignedEntry> Entries, bool IsCertain);
