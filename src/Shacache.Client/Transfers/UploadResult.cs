using Shacache.Core.Blobs;

namespace Shacache.Client.Transfers;

/// <summary>A content that a server has, for certain, when this is returned.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="AlreadyStored">The server had it before: nothing was transferred.</param>
/// <param name="Server">The base URL of the server.</param>
public sealed record UploadResult(Digest Digest, long LengthBytes, bool AlreadyStored, Uri Server);
