using System.Collections.Concurrent;
using Shacache.Core.Blobs;
using Shacache.Core.Savings;

namespace Shacache.Testing.Blobs;

/// <summary>Remembers what it was told, in order.</summary>
public sealed class RecordingBlobNotes : IBlobNotes
{
    public ConcurrentQueue<string> Notes { get; } = [];

    public void NoteStored(Digest digest, long lengthBytes) => Notes.Enqueue($"stored {digest} {lengthBytes}");

    public void NoteShown(Digest digest, long? lengthBytes) => Notes.Enqueue($"shown {digest} {lengthBytes}");

    public void NoteUsed(Digest digest, long lengthBytes) => Notes.Enqueue($"used {digest} {lengthBytes}");

    public void NoteSent(Digest digest, long? lengthBytes, BlobSent sent) =>
        Notes.Enqueue($"sent {digest} {sent.Bytes} requests {sent.Requests} uses {sent.Uses} wholes {sent.Wholes}");

    public void NoteOrigin(Digest digest, CacheKind cache, TimeSpan transferTime) => Notes.Enqueue($"origin {digest} {cache}");

    public void NoteUploader(Digest digest, string account) => Notes.Enqueue($"uploader {digest} {account}");

    public void NoteTraffic(Traffic traffic, long savedBytes) =>
        Notes.Enqueue($"traffic {traffic.Cache} requests {traffic.Requests} hits {traffic.Hits} sent {traffic.SentBytes} saved {savedBytes}");

    public void NoteDeleted(Digest digest) => Notes.Enqueue($"deleted {digest}");
}
