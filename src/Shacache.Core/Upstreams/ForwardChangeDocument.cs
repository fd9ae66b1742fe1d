namespace Shacache.Core.Upstreams;

/// <summary>How much of the queue was changed.</summary>
/// <param name="Count">Uploads.</param>
public sealed record ForwardChangeDocument(int Count);
