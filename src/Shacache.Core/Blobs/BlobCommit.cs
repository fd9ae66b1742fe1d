namespace Shacache.Core.Blobs;

/// <summary>How a commit ended. Both values mean that the blob is stored, complete and durable.</summary>
public enum BlobCommit
{
    /// <summary>The staged bytes were published.</summary>
    Created,

    /// <summary>The blob was there before; the staged bytes were discarded.</summary>
    AlreadyStored,
}
