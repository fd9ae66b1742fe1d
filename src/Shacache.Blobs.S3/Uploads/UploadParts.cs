using Shacache.Blobs.S3.Requests;

namespace Shacache.Blobs.S3.Uploads;

/// <summary>What the uploads of a store share.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Layout">The keys.</param>
/// <param name="Publisher">Puts blobs under their keys.</param>
/// <param name="Lease">Says that uploads are under way.</param>
/// <param name="Memory">Bounds the parts.</param>
internal sealed record UploadParts(Bucket Bucket, BucketLayout Layout, BlobPublisher Publisher, NodeLease Lease, PartMemory Memory);
