namespace Shacache.Core.Blobs;

/// <summary>What <see cref="BlobIngester"/> did.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Digest">Digest of the bytes that were received; meaningless when too large or truncated.</param>
/// <param name="LengthBytes">How many bytes were received.</param>
public readonly record struct IngestResult(IngestStatus Status, Digest Digest, long LengthBytes);
