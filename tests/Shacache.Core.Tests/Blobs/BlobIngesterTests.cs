using FsCheck;
using FsCheck.Fluent;
using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;

namespace Shacache.Core.Tests.Blobs;

public sealed class BlobIngesterTests
{
    private const int Buffer = BlobIngester.BufferBytes;

    private readonly CountingBufferPool _buffers = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, bool> Lengths()
    {
        var data = new TheoryData<int, bool>();
        foreach (int length in new[] { 0, 1, 4096, Buffer - 1, Buffer, Buffer + 1, 2 * Buffer, (3 * Buffer) + 1, 40 * Buffer })
        {
            data.Add(length, true);
            data.Add(length, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task IngestAsync_AnyLength_StoresWhatTheSourceYields(int lengthBytes, bool declared)
    {
        var store = new MemoryBlobStore();
        byte[] content = PatternStream.Bytes(lengthBytes);

        IngestResult result = await IngestAsync(store, new PatternStream(lengthBytes) { MaxReadBytes = 5000 }, declared ? lengthBytes : null);

        Assert.Equal(new IngestResult(IngestStatus.Created, Digest.Compute(content), lengthBytes), result);
        Assert.Equal(content, await ReadAsync(store, result.Digest));
    }

    [Fact]
    public void IngestAsync_RandomLengthsAndReads_StoresWhatTheSourceYields()
    {
        Arbitrary<(int Length, int MaxRead, bool Declared)> cases = (
            from length in Gen.Choose(0, 4 * Buffer)
            from maxRead in Gen.Choose(1, 70_000)
            from declared in Gen.Elements(true, false)
            select (length, Math.Max(maxRead, length / 500), declared)).ToArbitrary();

        Prop.ForAll(cases, c =>
        {
            var store = new MemoryBlobStore();
            // FsCheck's properties are synchronous.
            IngestResult result = Task.Run(() => IngestAsync(
                store, new PatternStream(c.Length, seed: 9) { MaxReadBytes = c.MaxRead }, c.Declared ? c.Length : null)).GetAwaiter().GetResult();
            return result.Status == IngestStatus.Created && result.Digest == Digest.Compute(PatternStream.Bytes(c.Length, seed: 9)) &&
                store.Count == 1;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public async Task IngestAsync_FitsOneBuffer_TakesOneStepAndOneBuffer()
    {
        var store = new MemoryBlobStore();

        await IngestAsync(store, new PatternStream(4096), 4096);

        Assert.Equal((1, 0), (store.Stores, store.Uploads));
        Assert.Equal(1, _buffers.MostOutstanding);
        Assert.InRange(_buffers.LongestBytes, 4097, 8192);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5 * Buffer)]
    public async Task IngestAsync_Twice_IsAlreadyStored(int lengthBytes)
    {
        var store = new MemoryBlobStore();
        IngestResult first = await IngestAsync(store, new PatternStream(lengthBytes), lengthBytes);

        Assert.Equal(first with { Status = IngestStatus.AlreadyStored }, await IngestAsync(store, new PatternStream(lengthBytes), null));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4000, 4096)]
    [InlineData(0, Buffer)]
    [InlineData(Buffer, Buffer + 1)]
    [InlineData((3 * Buffer) - 1, 3 * Buffer)]
    public Task IngestAsync_ShorterThanDeclared_IsTruncated(int lengthBytes, int declaredBytes) =>
        AssertRefusedAsync(IngestStatus.Truncated, new PatternStream(lengthBytes), declaredBytes, lengthBytes);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(5000, 4096)]
    [InlineData(Buffer, Buffer - 1)]
    [InlineData(Buffer + 1, Buffer)]
    [InlineData(30 * Buffer, 20 * Buffer)]
    public Task IngestAsync_LongerThanDeclared_IsOverlong(int lengthBytes, int declaredBytes) =>
        AssertRefusedAsync(IngestStatus.Overlong, new PatternStream(lengthBytes), declaredBytes);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(5000, 4096)]
    [InlineData(Buffer, Buffer - 1)]
    [InlineData(Buffer + 1, Buffer)]
    [InlineData(long.MaxValue, 20 * Buffer)]
    public Task IngestAsync_UndeclaredAndOverTheLimit_IsTooLarge(long lengthBytes, int maxBytes) =>
        AssertRefusedAsync(IngestStatus.TooLarge, new PatternStream(lengthBytes), null, maxBytes: maxBytes);

    [Fact]
    public async Task IngestAsync_DeclaredOverTheLimit_IsTooLargeWithoutReading()
    {
        var source = new PatternStream(2000) { WaitAtEnd = _ => throw new InvalidOperationException("It was read.") };

        await AssertRefusedAsync(IngestStatus.TooLarge, source, 2000, maxBytes: 1999);

        Assert.Equal(0, source.Position);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(3 * Buffer)]
    public async Task IngestAsync_ExactlyTheLimit_IsStored(int lengthBytes)
    {
        foreach (long? declared in new long?[] { lengthBytes, null })
        {
            IngestResult result = await IngestAsync(new MemoryBlobStore(), new PatternStream(lengthBytes), declared, maxBytes: lengthBytes);
            Assert.Equal(IngestStatus.Created, result.Status);
        }
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(3 * Buffer)]
    public async Task IngestAsync_AnotherDigestThanExpected_IsMismatchAndSaysWhich(int lengthBytes)
    {
        var store = new MemoryBlobStore();
        var found = Digest.Compute(PatternStream.Bytes(lengthBytes));

        IngestResult wrong = await IngestAsync(store, new PatternStream(lengthBytes), lengthBytes, expected: Digest.Empty);

        Assert.Equal(new IngestResult(IngestStatus.DigestMismatch, found, lengthBytes), wrong);
        AssertNothingLeft(store);
        Assert.Equal(IngestStatus.Created, (await IngestAsync(store, new PatternStream(lengthBytes), lengthBytes, expected: found)).Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(Buffer)]
    [InlineData((20 * Buffer) + 5)]
    public async Task IngestAsync_SourceFails_ThrowsThatAndStoresNothing(int afterBytes)
    {
        foreach (long? declared in new long?[] { null, afterBytes + 1000 })
        {
            var store = new MemoryBlobStore();
            var failure = new IOException("The connection was reset.");

            IOException thrown = await Assert.ThrowsAsync<IOException>(
                () => IngestAsync(store, new PatternStream(afterBytes) { FailureAtEnd = failure }, declared));

            Assert.Same(failure, thrown);
            AssertNothingLeft(store);
        }
    }

    [Theory]
    [InlineData(1000)]
    [InlineData((20 * Buffer) + 5)]
    public async Task IngestAsync_CancelledWhileTheSourceStalls_StoresNothing(int afterBytes)
    {
        var store = new MemoryBlobStore();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var stalled = new TaskCompletionSource();
        var source = new PatternStream(afterBytes) { WaitAtEnd = token => StallAsync(stalled, token) };
        Task ingestion = IngestAsync(store, source, null, cancellationToken: cancel.Token);
        await stalled.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ingestion.WaitAsync(TimeSpan.FromSeconds(30), Token));
        AssertNothingLeft(store);
    }

    [Fact]
    public async Task IngestAsync_StoreFullWhileTheSourceStalls_FailsAtOnce()
    {
        var store = new MemoryBlobStore
        {
            BeforeWrite = (staged, _) => staged >= 2 * Buffer ? throw new StorageFullException("Full.") : Task.CompletedTask,
        };
        var source = new PatternStream(10 * Buffer) { WaitAtEnd = token => StallAsync(new TaskCompletionSource(), token) };

        await Assert.ThrowsAsync<StorageFullException>(() => IngestAsync(store, source, null).WaitAsync(TimeSpan.FromSeconds(30), Token));

        AssertNothingLeft(store);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20 * Buffer)]
    public async Task IngestAsync_CommitFails_ThrowsThatAndStoresNothing(int lengthBytes)
    {
        var store = new MemoryBlobStore { BeforeCommit = _ => throw new BlobStoreException("Broken.") };

        await Assert.ThrowsAsync<BlobStoreException>(() => IngestAsync(store, new PatternStream(lengthBytes), lengthBytes));

        AssertNothingLeft(store);
    }

    [Fact]
    public async Task IngestAsync_StoreSlowerThanTheSource_HoldsAtMostTwelveBuffers()
    {
        // No write ends before the source has been asked for all that fits in between; then the source must be waiting for room.
        var release = new TaskCompletionSource();
        var store = new MemoryBlobStore { BeforeWrite = (_, _) => release.Task };
        var source = new PatternStream(100 * Buffer);
        Task<IngestResult> ingestion = IngestAsync(store, source, 100 * Buffer);
        while (_buffers.Outstanding < 10)
            await Task.Delay(1, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);

        release.SetResult();

        Assert.Equal(IngestStatus.Created, (await ingestion).Status);
        Assert.InRange(_buffers.MostOutstanding, 10, BlobIngester.MaxBuffers);
        Assert.Equal(Buffer, _buffers.LongestBytes);
        AssertBuffersReturned();
    }

    [Fact]
    public async Task IngestAsync_SourceStalls_HoldsTwoBuffers()
    {
        var stalled = new TaskCompletionSource();
        var resume = new TaskCompletionSource();
        var lastWrite = new TaskCompletionSource();
        var store = new MemoryBlobStore
        {
            BeforeWrite = (staged, _) =>
            {
                if (staged == 19 * Buffer)
                    lastWrite.SetResult();
                return Task.CompletedTask;
            },
        };
        var source = new PatternStream(20 * Buffer)
        {
            WaitAtEnd = async token =>
            {
                stalled.TrySetResult();
                await resume.Task.WaitAsync(token);
            },
        };
        Task<IngestResult> ingestion = IngestAsync(store, source, null);
        await stalled.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await lastWrite.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.InRange(_buffers.Outstanding, 1, 2);

        resume.SetResult();
        Assert.Equal(IngestStatus.Created, (await ingestion).Status);
    }

    private static async Task StallAsync(TaskCompletionSource stalled, CancellationToken cancellationToken)
    {
        stalled.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }

    private static async Task<byte[]> ReadAsync(MemoryBlobStore store, Digest digest)
    {
        await using IBlob? blob = await store.OpenAsync(digest, Token);
        Assert.NotNull(blob);
        byte[] content = new byte[blob.LengthBytes];
        Assert.Equal(content.Length, await blob.ReadAsync(0, content, Token));
        return content;
    }

    private async Task AssertRefusedAsync(
        IngestStatus status, PatternStream source, long? declaredBytes, long? receivedBytes = null, long maxBytes = long.MaxValue)
    {
        var store = new MemoryBlobStore();

        IngestResult result = await IngestAsync(store, source, declaredBytes, maxBytes);

        Assert.Equal(status, result.Status);
        if (receivedBytes is not null)
            Assert.Equal(receivedBytes, result.LengthBytes);
        Assert.InRange(source.Position, 0, Math.Min(declaredBytes ?? maxBytes, maxBytes) + Buffer);
        AssertNothingLeft(store);
    }

    private void AssertNothingLeft(MemoryBlobStore store)
    {
        Assert.Equal(0, store.Count);
        Assert.Equal(0, store.OpenUploads);
        AssertBuffersReturned();
    }

    private void AssertBuffersReturned() => Assert.Equal(0, _buffers.Outstanding);

    private async Task<IngestResult> IngestAsync(
        MemoryBlobStore store,
        Stream source,
        long? lengthBytes,
        long maxBytes = long.MaxValue,
        Digest? expected = null,
        CancellationToken? cancellationToken = null)
    {
        IngestResult result = await new BlobIngester(store, _buffers).IngestAsync(source, lengthBytes, maxBytes, expected, cancellationToken ?? Token);
        AssertBuffersReturned();
        Assert.Equal(0, store.OpenUploads);
        return result;
    }
}
