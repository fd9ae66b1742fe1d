using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;

namespace Shacache.Core.Tests.Blobs;

public sealed class IndexedBlobStoreTests
{
    private readonly RecordingBlobNotes _notes = new();
    private readonly IndexedBlobStore _store;
    private readonly byte[] _content = PatternStream.Bytes(3000);
    private readonly Digest _digest;

    public IndexedBlobStoreTests()
    {
        _store = new IndexedBlobStore(new MemoryCachedBlobStore(new MemoryBlobStore(), 1 << 20), _notes);
        _digest = Digest.Compute(_content);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAsync_FromStoreAndFromMemory_EachIsNoted()
    {
        await _store.StoreAsync(_digest, _content, Token);
        _notes.Notes.Clear();

        for (int i = 0; i < 3; i++)
            await (await _store.OpenAsync(_digest, Token))!.DisposeAsync();

        Assert.Equal(Enumerable.Repeat($"read {_digest} 3000", 3), _notes.Notes);
    }

    [Fact]
    public async Task ExistsAsync_StoredOrNot_IsNoUse()
    {
        Assert.False(await _store.ExistsAsync(_digest, Token));
        await _store.StoreAsync(_digest, _content, Token);
        _notes.Notes.Clear();

        Assert.True(await _store.ExistsAsync(_digest, Token));

        Assert.Empty(_notes.Notes);
    }

    [Fact]
    public async Task OpenAsync_NeverStored_NotesNothing()
    {
        Assert.Null(await _store.OpenAsync(_digest, Token));

        Assert.Empty(_notes.Notes);
    }

    [Fact]
    public async Task StoreAsync_NewAndAgain_BothAreNoted()
    {
        Assert.Equal(BlobCommit.Created, await _store.StoreAsync(_digest, _content, Token));
        Assert.Equal(BlobCommit.AlreadyStored, await _store.StoreAsync(_digest, _content, Token));

        Assert.Equal([$"stored {_digest} 3000", $"stored {_digest} 3000"], _notes.Notes);
    }

    [Fact]
    public async Task CommitAsync_SeveralWrites_NotesTheLengthOnceCommitted()
    {
        await using IBlobUpload upload = await _store.BeginUploadAsync(null, Token);
        await upload.WriteAsync(_content.AsMemory(0, 1000), Token);
        await upload.WriteAsync(_content.AsMemory(1000), Token);
        Assert.Empty(_notes.Notes);

        await upload.CommitAsync(_digest, Token);

        Assert.Equal([$"stored {_digest} 3000"], _notes.Notes);
    }

    [Fact]
    public async Task CommitAsync_Fails_NotesNothing()
    {
        var store = new IndexedBlobStore(new MemoryBlobStore { BeforeCommit = _ => throw new StorageFullException("Full.") }, _notes);
        await using IBlobUpload upload = await store.BeginUploadAsync(null, Token);

        await Assert.ThrowsAsync<StorageFullException>(async () => await upload.CommitAsync(_digest, Token));
        await Assert.ThrowsAsync<StorageFullException>(async () => await store.StoreAsync(_digest, _content, Token));

        Assert.Empty(_notes.Notes);
    }

    [Fact]
    public async Task DeleteAsync_StoredOrNot_TheIndexForgetsIt()
    {
        await _store.StoreAsync(_digest, _content, Token);
        _notes.Notes.Clear();

        Assert.True(await _store.DeleteAsync(_digest, Token));
        Assert.False(await _store.DeleteAsync(_digest, Token));

        Assert.Equal([$"deleted {_digest}", $"deleted {_digest}"], _notes.Notes);
    }
}
