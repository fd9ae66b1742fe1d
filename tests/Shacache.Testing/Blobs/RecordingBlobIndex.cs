using System.Collections.Concurrent;
using Shacache.Core.Blobs;

namespace Shacache.Testing.Blobs;

/// <summary>An index that only remembers what it was told, in order.</summary>
public sealed class RecordingBlobIndex : IBlobIndex
{
    public ConcurrentQueue<string> Notes { get; } = [];

    public void NoteStored(Digest digest, long lengthBytes) => Notes.Enqueue($"stored {digest} {lengthBytes}");

    public void NoteRead(Digest digest, long lengthBytes) => Notes.Enqueue($"read {digest} {lengthBytes}");

    public void NoteDeleted(Digest digest) => Notes.Enqueue($"deleted {digest}");

    public ValueTask FlushAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<BlobUsage?> FindAsync(Digest digest, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<BlobTotals> CountAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<BlobUsage> ListLeastRecentlyReadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<BlobTotals> RebuildAsync(IAsyncEnumerable<BlobInfo> blobs, CancellationToken cancellationToken) => throw new NotSupportedException();
}
