namespace Shacache.Core.Upstreams;

/// <summary>A page of keys (docs/protocol.md, "Listing keys").</summary>
/// <param name="Keys">The keys, not escaped, in the order of their bytes in UTF-8.</param>
/// <param name="Next">What to give as <c>after</c> for the next page; null when there is none.</param>
/// <param name="Problems">A line for each upstream that was to be asked and whose keys are not among these; null for none.</param>
public sealed record KeyPageDocument(IReadOnlyList<string> Keys, string? Next, IReadOnlyList<string>? Problems = null);
