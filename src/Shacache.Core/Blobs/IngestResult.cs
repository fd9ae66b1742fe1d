namespace Shacache.Core.Blobs;

/// <summary>What <see cref="BlobIngester"/> did.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Digest">Digest of the bytes that were received; meaningless when there were too many or too few of them.</param>
/// <param name="LengthBytes">How many bytes were received.</param>
public readonly record struct IngestResult(IngestStatus Status, Digest Digest, long LengthBytes)
{
    internal static IngestResult Of(BlobCommit commit, Digest digest, long lengthBytes) =>
        new(commit == BlobCommit.Created ? IngestStatus.Created : IngestStatus.AlreadyStored, digest, lengthBytes);
}
