using Shacache.Core.Blobs;

namespace Shacache.Client.Transfers;

/// <summary>A content that arrived whole, and has the digest that was asked for.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="Server">The base URL of the server that finished it.</param>
public sealed record DownloadResult(Digest Digest, long LengthBytes, Uri Server);
