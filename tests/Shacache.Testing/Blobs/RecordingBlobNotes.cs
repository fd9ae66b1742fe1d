using System.Collections.Concurrent;
using Shacache.Core.Blobs;

namespace Shacache.Testing.Blobs;

/// <summary>Remembers what it was told, in order.</summary>
public sealed class RecordingBlobNotes : IBlobNotes
{
    public ConcurrentQueue<string> Notes { get; } = [];

    public void NoteStored(Digest digest, long lengthBytes) => Notes.Enqueue($"stored {digest} {lengthBytes}");

    public void NoteRead(Digest digest, long lengthBytes) => Notes.Enqueue($"read {digest} {lengthBytes}");

    public void NoteDeleted(Digest digest) => Notes.Enqueue($"deleted {digest}");
}
