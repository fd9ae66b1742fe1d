namespace Shacache.Core.Upstreams;

/// <summary>One upload for an upstream.</summary>
/// <param name="Upstream">The name of who is to get it.</param>
/// <param name="Sha512">The content; that of the entry, when it is one.</param>
/// <param name="Key">The key of an entry; null for content.</param>
/// <param name="QueuedAt">Since when it waits.</param>
/// <param name="Attempts">How often it was sent in vain.</param>
/// <param name="DueAt">When it is sent next; null when it was refused for good.</param>
/// <param name="RefusedAt">When it was refused for good; null while it waits.</param>
/// <param name="Problem">What went wrong last; null for nothing.</param>
public sealed record ForwardItemDocument(
    string Upstream, string Sha512, string? Key, DateTimeOffset QueuedAt, int Attempts, DateTimeOffset? DueAt, DateTimeOffset? RefusedAt, string? Problem);
