using System.Security.Cryptography;
using Shacache.Core.Blobs;

namespace Shacache.Testing.Blobs;

/// <summary>What every <see cref="IBlobStore"/> promises. A backend inherits this and says how to open it.</summary>
/// <remarks>One file although it is long: a backend inherits one class, so that it cannot leave out a part of the contract.</remarks>
public abstract class BlobStoreContract : IAsyncLifetime
{
    private IBlobStore? _store;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IBlobStore Store => _store ?? throw new InvalidOperationException("The store is not open yet.");

    public async ValueTask InitializeAsync() => _store = await OpenStoreAsync();

    public async ValueTask DisposeAsync()
    {
        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task OpenAsync_NeverStored_ReturnsNull() =>
        Assert.Null(await Store.OpenAsync(Digest.Compute("never stored"u8), Token));

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task ExistsAsync_BeforeDuringAndAfter_TellsWhetherItIsStored(int lengthBytes)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        Digest digest = Digest.Compute(content);
        Assert.False(await Store.ExistsAsync(digest, Token));

        await using (IBlobUpload upload = await Store.BeginUploadAsync(null, Token))
        {
            await upload.WriteAsync(content, Token);
            Assert.False(await Store.ExistsAsync(digest, Token));
            await upload.CommitAsync(digest, Token);
        }

        Assert.True(await Store.ExistsAsync(digest, Token));
        await Store.DeleteAsync(digest, Token);
        Assert.False(await Store.ExistsAsync(digest, Token));
    }

    /// <summary>Above and below what is kept in memory.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(300_000)]
    public async Task OpenForLengthAsync_TellsTheLength_AndCanBeReadAllTheSame(int lengthBytes)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        Digest digest = Digest.Compute(content);
        Assert.Null(await Store.OpenForLengthAsync(digest, Token));
        await Store.StoreAsync(digest, content, Token);
        await using (IBlob? shown = await Store.OpenForLengthAsync(digest, Token))
            Assert.Equal((digest, lengthBytes), (shown!.Digest, shown.LengthBytes));
        await using (IBlob? blob = await Store.OpenForLengthAsync(digest, Token))
        {
            byte[] read = new byte[lengthBytes + 1];
            int done = 0;
            for (int count; (count = await blob!.ReadAsync(done, read.AsMemory(done), Token)) > 0;)
                done += count;
            Assert.Equal(content, read[..done]);
        }

        await Store.DeleteAsync(digest, Token);
        Assert.Null(await Store.OpenForLengthAsync(digest, Token));
    }

    [Fact]
    public async Task FindProblemAsync_OpenStore_FindsNone()
    {
        Assert.Null(await Store.FindProblemAsync(Token));
        Assert.Empty(await ListAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(65_537)]
    [InlineData(3_000_001)]
    public async Task CommitAsync_AnyLength_IsReadBackEqual(int lengthBytes)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        Digest digest = Digest.Compute(content);

        Assert.Equal(BlobCommit.Created, await UploadAsync(digest, content, chunkBytes: 100_000));

        Assert.Equal(content, await ReadAllAsync(digest));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65_536)]
    public async Task StoreAsync_AnyLength_IsReadBackEqual(int lengthBytes)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        Digest digest = Digest.Compute(content);

        Assert.Equal(BlobCommit.Created, await Store.StoreAsync(digest, content, Token));
        Assert.Equal(BlobCommit.AlreadyStored, await Store.StoreAsync(digest, content, Token));

        Assert.Equal(content, await ReadAllAsync(digest));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10L)]
    [InlineData(100_000L)]
    public async Task BeginUploadAsync_WrongLengthHint_IsOnlyAHint(long? hintBytes)
    {
        byte[] content = PatternStream.Bytes(5000);
        Digest digest = Digest.Compute(content);

        await using (IBlobUpload upload = await Store.BeginUploadAsync(hintBytes, Token))
        {
            await upload.WriteAsync(content, Token);
            Assert.Equal(BlobCommit.Created, await upload.CommitAsync(digest, Token));
        }

        Assert.Equal(content, await ReadAllAsync(digest));
    }

    [Fact]
    public async Task WriteAsync_EmptyWritesInBetween_ChangeNothing()
    {
        byte[] content = PatternStream.Bytes(20);
        Digest digest = Digest.Compute(content);

        await using (IBlobUpload upload = await Store.BeginUploadAsync(null, Token))
        {
            await upload.WriteAsync(ReadOnlyMemory<byte>.Empty, Token);
            await upload.WriteAsync(content.AsMemory(0, 7), Token);
            await upload.WriteAsync(ReadOnlyMemory<byte>.Empty, Token);
            await upload.WriteAsync(content.AsMemory(7), Token);
            await upload.CommitAsync(digest, Token);
        }

        Assert.Equal(content, await ReadAllAsync(digest));
    }

    [Fact]
    public async Task WriteAsync_BeforeCommit_NobodySeesTheBlob()
    {
        byte[] content = PatternStream.Bytes(200_000);
        Digest digest = Digest.Compute(content);
        await using IBlobUpload upload = await Store.BeginUploadAsync(content.Length, Token);

        await upload.WriteAsync(content, Token);

        Assert.Null(await Store.OpenAsync(digest, Token));
        Assert.Empty(await ListAsync());
        Assert.False(await Store.DeleteAsync(digest, Token));
    }

    [Fact]
    public async Task DisposeAsync_WithoutCommit_DiscardsEverything()
    {
        byte[] content = PatternStream.Bytes(200_000);
        IBlobUpload upload = await Store.BeginUploadAsync(content.Length, Token);
        await upload.WriteAsync(content, Token);

        await upload.DisposeAsync();
        await upload.DisposeAsync();

        Assert.Null(await Store.OpenAsync(Digest.Compute(content), Token));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task DisposeAsync_AfterCommit_KeepsTheBlob()
    {
        byte[] content = PatternStream.Bytes(100);
        Digest digest = Digest.Compute(content);
        IBlobUpload upload = await Store.BeginUploadAsync(null, Token);
        await upload.WriteAsync(content, Token);
        await upload.CommitAsync(digest, Token);

        await upload.DisposeAsync();

        Assert.Equal(content, await ReadAllAsync(digest));
    }

    [Fact]
    public async Task CommitAsync_DigestAlreadyStored_ReturnsAlreadyStored()
    {
        byte[] content = PatternStream.Bytes(300_000);
        Digest digest = Digest.Compute(content);

        Assert.Equal(BlobCommit.Created, await UploadAsync(digest, content));
        Assert.Equal(BlobCommit.AlreadyStored, await UploadAsync(digest, content));
        Assert.Equal(BlobCommit.AlreadyStored, await Store.StoreAsync(digest, content, Token));

        Assert.Equal(content, await ReadAllAsync(digest));
        Assert.Single(await ListAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(300_000)]
    public async Task CommitAsync_ManyWritersOfOneDigest_OneCreatesAndReadersSeeAllOrNothing(int lengthBytes)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        Digest digest = Digest.Compute(content);
        using var written = new CancellationTokenSource();
        Task<int> reading = Task.Run(
            async () =>
            {
                int seen = 0;
                while (seen == 0 || !written.IsCancellationRequested)
                {
                    if (await TryReadAllAsync(digest) is not { } read)
                        continue;
                    Assert.Equal(content, read);
                    seen++;
                }

                return seen;
            },
            Token);

        BlobCommit[] commits = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(
            async () => i % 2 == 0 ? await UploadAsync(digest, content, chunkBytes: 50_000) : await Store.StoreAsync(digest, content, Token),
            Token)));
        await written.CancelAsync();

        Assert.Equal(1, commits.Count(c => c == BlobCommit.Created));
        Assert.True(await reading.WaitAsync(TimeSpan.FromSeconds(30), Token) > 0);
        Assert.Single(await ListAsync());
    }

    [Fact]
    public async Task CommitAsync_ManyDigestsAtOnce_AllAreStored()
    {
        byte[][] contents = [.. Enumerable.Range(0, 60).Select(i => PatternStream.Bytes(1000 + (i * 977), seed: i))];

        BlobCommit[] commits = await Task.WhenAll(contents.Select(c => Task.Run(() => UploadAsync(Digest.Compute(c), c, 10_000), Token)));

        Assert.All(commits, c => Assert.Equal(BlobCommit.Created, c));
        foreach (byte[] content in contents)
            Assert.Equal(content, await ReadAllAsync(Digest.Compute(content)));
        Assert.Equal(contents.Select(c => Digest.Compute(c)).Order(), (await ListAsync()).Select(b => b.Digest).Order());
    }

    [Fact]
    public async Task CommitAsync_StoreOpenedAgain_HasTheBlob()
    {
        byte[] content = PatternStream.Bytes(70_000);
        byte[] small = PatternStream.Bytes(10, seed: 1);
        await UploadAsync(Digest.Compute(content), content);
        await Store.StoreAsync(Digest.Compute(small), small, Token);

        _store = await OpenStoreAsync();

        Assert.Equal(content, await ReadAllAsync(Digest.Compute(content)));
        Assert.Equal(small, await ReadAllAsync(Digest.Compute(small)));
    }

    [Fact]
    public async Task CommitAsync_AlreadyCancelled_ThrowsAndStoresNothing()
    {
        byte[] content = PatternStream.Bytes(5000);
        Digest digest = Digest.Compute(content);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.BeginUploadAsync(null, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.StoreAsync(digest, content, cancelled));
        await using (IBlobUpload upload = await Store.BeginUploadAsync(null, Token))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await upload.WriteAsync(content, cancelled));
        }

        await using (IBlobUpload upload = await Store.BeginUploadAsync(null, Token))
        {
            await upload.WriteAsync(content, Token);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await upload.CommitAsync(digest, cancelled));
        }

        Assert.Null(await Store.OpenAsync(digest, Token));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task CommitAsync_CancelledAtAnyMoment_StoresAllOrNothing()
    {
        for (int i = 0; i < 40; i++)
        {
            byte[] content = PatternStream.Bytes(10_000, seed: i);
            Digest digest = Digest.Compute(content);
            using var cancel = new CancellationTokenSource();
            Task<BlobCommit> commit = Task.Run(async () => await Store.StoreAsync(digest, content, cancel.Token), Token);
            for (int spin = 0; spin < i * 20; spin++)
                Thread.SpinWait(50);
            await cancel.CancelAsync();

            try
            {
                await commit;
            }
            catch (OperationCanceledException)
            {
                Assert.Null(await Store.OpenAsync(digest, Token));
                continue;
            }

            Assert.Equal(content, await ReadAllAsync(digest));
        }
    }

    [Fact]
    public async Task OpenAsync_AlreadyCancelled_Throws() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.OpenAsync(Digest.Empty, new CancellationToken(canceled: true)));

    [Fact]
    public async Task ReadAsync_AnyOffset_YieldsTheBytesFromThere()
    {
        byte[] content = PatternStream.Bytes(150_000);
        Digest digest = Digest.Compute(content);
        await UploadAsync(digest, content);
        await using IBlob? blob = await Store.OpenAsync(digest, Token);
        Assert.NotNull(blob);
        Assert.Equal(digest, blob.Digest);
        Assert.Equal(content.Length, blob.LengthBytes);

        foreach (int offset in new[] { 0, 1, 4095, 149_999, 77_777, 3 })
        {
            byte[] buffer = new byte[2000];
            int read = await blob.ReadAsync(offset, buffer, Token);
            Assert.InRange(read, 1, Math.Min(buffer.Length, content.Length - offset));
            Assert.Equal(content.AsSpan(offset, read), buffer.AsSpan(0, read));
        }

        Assert.Equal(0, await blob.ReadAsync(content.Length, new byte[1], Token));
    }

    [Fact]
    public async Task ReadAsync_AlreadyCancelled_Throws()
    {
        byte[] content = PatternStream.Bytes(150_000);
        await UploadAsync(Digest.Compute(content), content);
        await using IBlob? blob = await Store.OpenAsync(Digest.Compute(content), Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await blob!.ReadAsync(0, new byte[10], new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task IngestAsync_HundredMegabytes_IsStreamedThrough()
    {
        const long LengthBytes = 100_000_000;
        IngestResult result = await new BlobIngester(Store).IngestAsync(new PatternStream(LengthBytes), null, long.MaxValue, null, Token);
        Assert.Equal(IngestStatus.Created, result.Status);
        Assert.Equal(LengthBytes, result.LengthBytes);

        await using IBlob? blob = await Store.OpenAsync(result.Digest, Token);
        Assert.NotNull(blob);
        byte[] buffer = new byte[256 * 1024];
        byte[] expected = new byte[buffer.Length];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        long offset = 0;
        int read;
        while ((read = await blob.ReadAsync(offset, buffer, Token)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            PatternStream.Fill(expected.AsSpan(0, read), offset, seed: 0);
            Assert.True(expected.AsSpan(0, read).SequenceEqual(buffer.AsSpan(0, read)), $"The bytes differ from {offset} on.");
            offset += read;
        }

        Assert.Equal(LengthBytes, offset);
        Assert.Equal(result.Digest, new Digest(hash.GetHashAndReset()));
    }

    [Fact]
    public async Task DeleteAsync_Stored_RemovesItOnce()
    {
        byte[] content = PatternStream.Bytes(9000);
        byte[] other = PatternStream.Bytes(9000, seed: 1);
        Digest digest = Digest.Compute(content);
        await UploadAsync(digest, content);
        await UploadAsync(Digest.Compute(other), other);

        Assert.True(await Store.DeleteAsync(digest, Token));
        Assert.False(await Store.DeleteAsync(digest, Token));

        Assert.Null(await Store.OpenAsync(digest, Token));
        Assert.Equal(other, await ReadAllAsync(Digest.Compute(other)));
        Assert.Equal(BlobCommit.Created, await UploadAsync(digest, content));
        Assert.Equal(content, await ReadAllAsync(digest));
    }

    [Fact]
    public async Task DeleteAsync_NeverStored_ReturnsFalse() =>
        Assert.False(await Store.DeleteAsync(Digest.Compute("never stored"u8), Token));

    [Theory]
    [InlineData(100)]
    [InlineData(500_000)]
    public async Task DeleteAsync_WhileOpen_ReaderFinishesUndisturbed(int lengthBytes)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        Digest digest = Digest.Compute(content);
        await UploadAsync(digest, content);
        await using IBlob? blob = await Store.OpenAsync(digest, Token);

        Assert.True(await Store.DeleteAsync(digest, Token));

        Assert.Equal(content, await ReadAllAsync(blob!));
    }

    [Fact]
    public async Task DeleteAsync_RacingWithWriters_LeavesAllOrNothing()
    {
        byte[] content = PatternStream.Bytes(6000);
        Digest digest = Digest.Compute(content);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(
            async () =>
            {
                for (int i = 0; i < 25; i++)
                {
                    if (worker == 0)
                        await Store.DeleteAsync(digest, Token);
                    else if (worker == 1)
                        Assert.Equal(content, await TryReadAllAsync(digest) ?? content);
                    else
                        await UploadAsync(digest, content);
                }
            },
            Token)));

        await Store.StoreAsync(digest, content, Token);
        Assert.Equal(content, await ReadAllAsync(digest));
    }

    [Fact]
    public async Task ListAsync_SomeBlobs_YieldsEachOnceWithLengthAndTime()
    {
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        var expected = new Dictionary<Digest, long>();
        for (int i = 0; i < 30; i++)
        {
            byte[] content = PatternStream.Bytes(i * 111, seed: i);
            await Store.StoreAsync(Digest.Compute(content), content, Token);
            expected.Add(Digest.Compute(content), content.Length);
        }

        List<BlobInfo> blobs = await ListAsync();

        Assert.Equal(expected, blobs.ToDictionary(b => b.Digest, b => b.LengthBytes));
        // Clocks of a remote backend may differ a little from ours.
        Assert.All(blobs, b => Assert.InRange(b.StoredAt, before.AddMinutes(-2), TimeProvider.System.GetUtcNow().AddMinutes(2)));
    }

    [Fact]
    public async Task ListAsync_Cancelled_Throws()
    {
        for (int i = 0; i < 3; i++)
        {
            byte[] content = PatternStream.Bytes(10, seed: i);
            await Store.StoreAsync(Digest.Compute(content), content, Token);
        }

        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (BlobInfo _ in Store.ListAsync(cancel.Token))
                await cancel.CancelAsync();
        });
    }

    /// <summary>Opens the store of this test: at first empty, then with what the earlier instance stored.</summary>
    protected abstract ValueTask<IBlobStore> OpenStoreAsync();

    /// <summary>Closes every instance and removes what was stored.</summary>
    protected abstract ValueTask CleanUpAsync();

    protected static async Task<byte[]> ReadAllAsync(IBlob blob)
    {
        byte[] content = new byte[blob.LengthBytes];
        int offset = 0;
        while (offset < content.Length)
        {
            int read = await blob.ReadAsync(offset, content.AsMemory(offset), Token);
            Assert.NotEqual(0, read);
            offset += read;
        }

        return content;
    }

    protected async Task<byte[]?> TryReadAllAsync(Digest digest)
    {
        await using IBlob? blob = await Store.OpenAsync(digest, Token);
        return blob is null ? null : await ReadAllAsync(blob);
    }

    protected async Task<byte[]> ReadAllAsync(Digest digest)
    {
        byte[]? content = await TryReadAllAsync(digest);
        Assert.NotNull(content);
        return content;
    }

    protected async Task<BlobCommit> UploadAsync(Digest digest, byte[] content, int chunkBytes = int.MaxValue)
    {
        await using IBlobUpload upload = await Store.BeginUploadAsync(content.Length, Token);
        for (int offset = 0; offset < content.Length;)
        {
            int count = Math.Min(chunkBytes, content.Length - offset);
            await upload.WriteAsync(content.AsMemory(offset, count), Token);
            offset += count;
        }

        return await upload.CommitAsync(digest, Token);
    }

    protected async Task<List<BlobInfo>> ListAsync()
    {
        var blobs = new List<BlobInfo>();
        await foreach (BlobInfo blob in Store.ListAsync(Token))
            blobs.Add(blob);
        return blobs;
    }
}
