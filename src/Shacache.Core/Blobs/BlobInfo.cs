namespace Shacache.Core.Blobs;

/// <summary>What a store knows of one blob without opening it.</summary>
/// <param name="Digest">The blob's name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="StoredAt">When it was published.</param>
public readonly record struct BlobInfo(Digest Digest, long LengthBytes, DateTimeOffset StoredAt);
