namespace Shacache.Core.Blobs;

/// <summary>A blob as the index knows it.</summary>
/// <param name="Digest">The blob's name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="StoredAt">When it was stored, or first seen.</param>
/// <param name="LastReadAt">When it was last read or uploaded again; exact to about the index's flush interval.</param>
public readonly record struct BlobUsage(Digest Digest, long LengthBytes, DateTimeOffset StoredAt, DateTimeOffset LastReadAt);
