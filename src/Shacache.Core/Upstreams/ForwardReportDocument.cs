namespace Shacache.Core.Upstreams;

/// <summary>The queue of uploads for upstreams, as <c>GET /mirror/queue</c> shows it.</summary>
/// <param name="Waiting">How much is to be sent.</param>
/// <param name="Refused">How much was refused for good.</param>
/// <param name="Items">The first of it, the oldest first.</param>
public sealed record ForwardReportDocument(long Waiting, long Refused, IReadOnlyList<ForwardItemDocument> Items);
