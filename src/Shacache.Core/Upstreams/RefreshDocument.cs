namespace Shacache.Core.Upstreams;

/// <summary>What came of asking upstreams again for every key that they listed once; the answer to <c>POST /shacache/update</c>.</summary>
/// <param name="Removed">Keys that they list no more.</param>
/// <param name="Updated">Keys under which they list other entries.</param>
public sealed record RefreshDocument(IReadOnlyList<string> Removed, IReadOnlyList<string> Updated);
