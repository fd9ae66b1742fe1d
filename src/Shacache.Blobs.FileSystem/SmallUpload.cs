using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>A small upload that is under way in <see cref="GroupCommit"/>.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="Content">Its bytes; unchanged until the job is done.</param>
/// <param name="CancellationToken">Honoured until it is staged.</param>
internal readonly record struct SmallUpload(Digest Digest, ReadOnlyMemory<byte> Content, CancellationToken CancellationToken);
