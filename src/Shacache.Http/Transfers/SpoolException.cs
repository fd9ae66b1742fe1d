using Shacache.Core.Blobs;

namespace Shacache.Http.Transfers;

/// <summary>The bytes of a running transfer cannot be kept for those who follow it: the disk is full, or failed.</summary>
internal sealed class SpoolException(string message, Exception inner) : BlobStoreException(message, inner);
