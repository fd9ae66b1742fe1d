using System.Collections.Concurrent;
using Shacache.Core.Blobs;

namespace Shacache.Testing.Blobs;

/// <summary>Remembers what it was told, in order.</summary>
public sealed class RecordingBlobNotes : IBlobNotes
{
    public ConcurrentQueue<string> Notes { get; } = [];

    public void NoteStored(Digest digest, long lengthBytes) => Notes.Enqueue($"stored {digest} {lengthBytes}");

    public void NoteShown(Digest digest, long? lengthBytes) => Notes.Enqueue($"shown {digest} {lengthBytes}");

    public void NoteUsed(Digest digest, long lengthBytes) => Notes.Enqueue($"used {digest} {lengthBytes}");

    public void NoteDeleted(Digest digest) => Notes.Enqueue($"deleted {digest}");
}
