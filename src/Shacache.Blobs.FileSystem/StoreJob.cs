using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>A small upload and its promise. Run as a job of a disk thread, it is stored without the log.</summary>
internal sealed class StoreJob(SmallUpload upload, Func<SmallUpload, BlobCommit> store) : DiskJob<SmallUpload, BlobCommit>(upload, store);
