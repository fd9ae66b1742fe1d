namespace Shacache.Client.Transfers;

/// <summary>A server that has a content.</summary>
/// <param name="Server">The base URL, without user and password.</param>
/// <param name="LengthBytes">How long the server says that it is; null when it does not say.</param>
public sealed record ContentLocation(Uri Server, long? LengthBytes);
