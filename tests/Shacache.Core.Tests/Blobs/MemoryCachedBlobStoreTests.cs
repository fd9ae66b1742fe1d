using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;

namespace Shacache.Core.Tests.Blobs;

public sealed class MemoryCachedBlobStoreTests
{
    private readonly MemoryBlobStore _inner = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAsync_SecondTime_IsAnsweredFromMemory()
    {
        var store = new MemoryCachedBlobStore(_inner, 1 << 20);
        (Digest digest, byte[] content) = Plant(4096);

        await store.OpenAsync(digest, Token);
        ValueTask<IBlob?> hit = store.OpenAsync(digest, Token);

        Assert.True(hit.IsCompletedSuccessfully);
        Assert.Equal(content, (await hit)!.Content!.Value.ToArray());
        Assert.Equal(1, _inner.Opens);
    }

    [Fact]
    public async Task OpenAsync_Hit_AllocatesNothing()
    {
        var store = new MemoryCachedBlobStore(_inner, 1 << 20);
        (Digest digest, _) = Plant(4096);
        await store.OpenAsync(digest, Token);
        long found = CountHits();

        long before = GC.GetAllocatedBytesForCurrentThread();
        found += CountHits();
        long allocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(2000, found);
        Assert.Equal(0, allocatedBytes);

        long CountHits()
        {
            long hits = 0;
            for (int i = 0; i < 1000; i++)
            {
                ValueTask<IBlob?> hit = store.OpenAsync(digest, CancellationToken.None);
                if (hit.IsCompletedSuccessfully && hit.Result!.Content!.Value.Length == 4096)
                    hits++;
            }

            return hits;
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(MemoryCachedBlobStore.MaxBlobBytes, true)]
    [InlineData(MemoryCachedBlobStore.MaxBlobBytes + 1, false)]
    public async Task OpenAsync_UpToTheLimit_OffersItsContent(int lengthBytes, bool offered)
    {
        var store = new MemoryCachedBlobStore(_inner, 1 << 20);
        (Digest digest, _) = Plant(lengthBytes);

        await using IBlob? first = await store.OpenAsync(digest, Token);
        await using IBlob? second = await store.OpenAsync(digest, Token);

        Assert.Equal(offered, second!.Content.HasValue);
        Assert.Equal(offered ? 1 : 2, _inner.Opens);
    }

    [Fact]
    public async Task OpenAsync_CorruptContent_IsAbsentUntilItIsStoredAgain()
    {
        var store = new MemoryCachedBlobStore(_inner, 1 << 20);
        byte[] content = PatternStream.Bytes(4096);
        Digest digest = Digest.Compute(content);
        byte[] decayed = [.. content];
        decayed[1234] ^= 1;
        _inner.Plant(digest, decayed);

        for (int i = 0; i < 2; i++)
            Assert.Null(await store.OpenAsync(digest, Token));
        Assert.Null(await _inner.OpenAsync(digest, Token));

        Assert.Equal(BlobCommit.Created, await store.StoreAsync(digest, content, Token));
        Assert.Equal(content, (await store.OpenAsync(digest, Token))!.Content!.Value.ToArray());
    }

    [Fact]
    public async Task OpenAsync_MoreThanFits_StaysWithinTheBound()
    {
        const long MaxBytes = 100_000;
        var store = new MemoryCachedBlobStore(_inner, MaxBytes);

        for (int i = 0; i < 300; i++)
        {
            (Digest digest, byte[] content) = Plant(100 + (i * 37), seed: i);
            Assert.Equal(content, (await store.OpenAsync(digest, Token))!.Content!.Value.ToArray());
            Assert.InRange(store.UsedBytes, content.Length, MaxBytes);
        }
    }

    [Fact]
    public async Task OpenAsync_NoMemoryAllowed_StillVerifiesAndServes()
    {
        var store = new MemoryCachedBlobStore(_inner, 0);
        (Digest digest, byte[] content) = Plant(4096);
        _inner.Plant(Digest.Empty, content);

        Assert.Equal(content, (await store.OpenAsync(digest, Token))!.Content!.Value.ToArray());
        Assert.Null(await store.OpenAsync(Digest.Empty, Token));
        Assert.Equal(0, store.UsedBytes);
    }

    [Fact]
    public async Task OpenAsync_ScanOverManyBlobs_KeepsWhatIsInUse()
    {
        var store = new MemoryCachedBlobStore(_inner, 100 * (1000 + MemoryBlobCache.OverheadBytes));
        Digest[] popular = [.. Enumerable.Range(0, 20).Select(i => Plant(1000, seed: i).Digest)];
        foreach (Digest digest in popular)
        {
            await store.OpenAsync(digest, Token);
            await store.OpenAsync(digest, Token);
        }

        for (int i = 0; i < 2000; i++)
        {
            await store.OpenAsync(Plant(1000, seed: 1000 + i).Digest, Token);
            await store.OpenAsync(popular[i % popular.Length], Token);
        }

        // Opened once each at first, the scan once each, and hardly ever again what is in use.
        Assert.InRange(_inner.Opens, 2020, 2040);
    }

    [Fact]
    public async Task DeleteAsync_Cached_IsGone()
    {
        var store = new MemoryCachedBlobStore(_inner, 1 << 20);
        (Digest digest, _) = Plant(4096);
        await store.OpenAsync(digest, Token);

        Assert.True(await store.DeleteAsync(digest, Token));

        Assert.Null(await store.OpenAsync(digest, Token));
        Assert.Equal(0, store.UsedBytes);
    }

    [Fact]
    public async Task DeleteAsync_WhileItIsLoaded_DoesNotComeBack()
    {
        var reading = new TaskCompletionSource();
        var deleted = new TaskCompletionSource();
        var inner = new MemoryBlobStore
        {
            BeforeRead = () =>
            {
                reading.SetResult();
                return deleted.Task;
            },
        };
        var store = new MemoryCachedBlobStore(inner, 1 << 20);
        byte[] content = PatternStream.Bytes(4096);
        inner.Plant(Digest.Compute(content), content);
        Task<IBlob?> opening = store.OpenAsync(Digest.Compute(content), Token).AsTask();
        await reading.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        await store.DeleteAsync(Digest.Compute(content), Token);
        deleted.SetResult();

        Assert.Equal(content, (await opening)!.Content!.Value.ToArray());
        Assert.Null(await store.OpenAsync(Digest.Compute(content), Token));
    }

    [Fact]
    public async Task OpenAsync_ManyReadersAndDeletions_AllSeeRightContentWithinTheBound()
    {
        const long MaxBytes = 40_000;
        var store = new MemoryCachedBlobStore(_inner, MaxBytes);
        (Digest Digest, byte[] Content)[] blobs = [.. Enumerable.Range(0, 50).Select(i => Plant(500 + (i * 40), seed: i))];

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(
            async () =>
            {
                var random = new Random(worker);
                for (int i = 0; i < 5000; i++)
                {
                    (Digest digest, byte[] content) = blobs[random.Next(blobs.Length)];
                    if (i % 50 == 0)
                    {
                        await store.DeleteAsync(digest, Token);
                        await store.StoreAsync(digest, content, Token);
                    }
                    else if (await store.OpenAsync(digest, Token) is { } blob)
                    {
                        Assert.True(blob.Content!.Value.Span.SequenceEqual(content));
                    }

                    Assert.InRange(store.UsedBytes, 0, MaxBytes);
                }
            },
            Token)));
    }

    private (Digest Digest, byte[] Content) Plant(int lengthBytes, int seed = 0)
    {
        byte[] content = PatternStream.Bytes(lengthBytes, seed);
        Digest digest = Digest.Compute(content);
        _inner.Plant(digest, content);
        return (digest, content);
    }
}
