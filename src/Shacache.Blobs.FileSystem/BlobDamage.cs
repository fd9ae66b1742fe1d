using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>A file that was found not to hold the blob that it is named after.</summary>
/// <param name="Digest">The blob. It counts as not stored.</param>
/// <param name="Reason">What is wrong with the file.</param>
/// <param name="MovedTo">Where the file is now; null when it could not be moved, and is only not served.</param>
public sealed record BlobDamage(Digest Digest, string Reason, string? MovedTo);
