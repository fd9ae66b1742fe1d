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

        Assert.Equal(Enumerable.Repeat($"shown {_digest} 3000", 3), _notes.Notes);
    }

    [Fact]
    public async Task ExistsAsync_StoredOrNot_IsShownAndNoUse()
    {
        Assert.False(await _store.ExistsAsync(_digest, Token));
        await _store.StoreAsync(_digest, _content, Token);
        _notes.Notes.Clear();

        Assert.True(await _store.ExistsAsync(_digest, Token));

        Assert.Equal([$"shown {_digest} "], _notes.Notes);
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

    [Theory]
    [InlineData("nothing", false)]
    [InlineData("open", true)]
    [InlineData("exists", true)]
    [InlineData("store", true)]
    [InlineData("upload", true)]
    public async Task DeleteUnwatchedAsync_ClientComesAfterTheProposal_SparesIt(string client, bool isSpared)
    {
        await _store.StoreAsync(_digest, _content, Token);
        IReadOnlyList<Digest> gone = await _store.DeleteUnwatchedAsync(
            [_digest],
            async (proposed, _) =>
            {
                Assert.Equal([_digest], proposed);
                await ComeAsync(client);
                return proposed;
            },
            Token);
        Assert.Equal(isSpared ? [] : [_digest], gone);
        Assert.Equal(isSpared, await _store.ExistsAsync(_digest, Token));
    }

    [Fact]
    public async Task DeleteUnwatchedAsync_KnownToBeWanted_KeepsIt()
    {
        await _store.StoreAsync(_digest, _content, Token);
        Assert.Empty(await _store.DeleteUnwatchedAsync([_digest], (_, _) => new ValueTask<IReadOnlyList<Digest>>([]), Token));
        Assert.True(await _store.ExistsAsync(_digest, Token));
    }

    [Theory]
    [InlineData("open", false)]
    [InlineData("exists", false)]
    [InlineData("store", true)]
    [InlineData("upload", true)]
    public async Task DeleteUnwatchedAsync_ClientComesDuringTheDeletion_WaitsForItsEnd(string client, bool isThereAfterwards)
    {
        var deleting = new TaskCompletionSource();
        var mayDelete = new TaskCompletionSource();
        var inner = new MemoryBlobStore
        {
            BeforeDelete = async _ =>
            {
                deleting.SetResult();
                await mayDelete.Task;
            },
        };
        var store = new IndexedBlobStore(inner, _notes);
        await store.StoreAsync(_digest, _content, Token);
        Task<IReadOnlyList<Digest>> removal = store.DeleteUnwatchedAsync([_digest], (proposed, _) => new ValueTask<IReadOnlyList<Digest>>(proposed), Token).AsTask();
        await deleting.Task.WaitAsync(Token);
        Task coming = ComeAsync(client, store);
        Assert.False(coming.IsCompleted);

        mayDelete.SetResult();
        Assert.Equal([_digest], await removal);
        await coming.WaitAsync(Token);
        Assert.Equal(isThereAfterwards, await store.ExistsAsync(_digest, Token));
    }

    [Fact]
    public async Task DeleteUnwatchedAsync_UploadAtTheSameTime_WhatWasAcknowledgedStays()
    {
        for (int round = 0; round < 500; round++)
        {
            await _store.StoreAsync(_digest, _content, Token);
            _notes.Notes.Clear();
            using var start = new Barrier(2);
            Task upload = Task.Run(
                async () =>
                {
                    start.SignalAndWait(Token);
                    await _store.StoreAsync(_digest, _content, Token);
                },
                Token);
            Task removal = Task.Run(
                async () =>
                {
                    start.SignalAndWait(Token);
                    await _store.DeleteUnwatchedAsync([_digest], (proposed, _) => new ValueTask<IReadOnlyList<Digest>>(_notes.Notes.IsEmpty ? proposed : []), Token);
                },
                Token);
            await Task.WhenAll(upload, removal);
            Assert.True(await _store.ExistsAsync(_digest, Token), $"round {round}");
        }
    }

    private Task ComeAsync(string client) => ComeAsync(client, _store);

    private async Task ComeAsync(string client, IndexedBlobStore store)
    {
        switch (client)
        {
            case "open":
                if (await store.OpenAsync(_digest, Token) is { } blob)
                    await blob.DisposeAsync();
                break;
            case "exists":
                await store.ExistsAsync(_digest, Token);
                break;
            case "store":
                await store.StoreAsync(_digest, _content, Token);
                break;
            case "upload":
                await using (IBlobUpload upload = await store.BeginUploadAsync(null, Token))
                {
                    await upload.WriteAsync(_content, Token);
                    await upload.CommitAsync(_digest, Token);
                }

                break;
        }
    }
}
