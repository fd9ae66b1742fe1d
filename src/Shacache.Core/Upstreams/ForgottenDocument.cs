namespace Shacache.Core.Upstreams;

/// <summary>How much was known about a URL that is forgotten.</summary>
/// <param name="Count">Entries, notes of the gateway, and listings of upstreams.</param>
public sealed record ForgottenDocument(int Count);
