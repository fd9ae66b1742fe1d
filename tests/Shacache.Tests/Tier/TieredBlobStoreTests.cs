using Shacache.Core.Blobs;

namespace Shacache.Tests.Tier;

/// <summary>What a node keeps of what it reads from a store elsewhere, and what it does without that store.</summary>
public sealed class TieredBlobStoreTests : IAsyncLifetime
{
    private const int LongBytes = 3_000_000;
    private TierFixture _node = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await TierFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData(10)]
    [InlineData(65_536)]
    [InlineData(LongBytes)]
    public async Task OpenAsync_ReadOnce_IsServedWithoutTheStore_AlsoAfterARestart(int lengthBytes)
    {
        (Digest digest, byte[] content) = await _node.PutAsync(lengthBytes);
        Assert.Equal(content, await ReadAsync(digest));
        await _node.WaitForFillsAsync();
        _node.Remote.IsAway = true;
        Assert.Equal(content, await _node.ReadAsync(digest));
        Assert.True(await _node.Store.ExistsAsync(digest, Token));
        await _node.ReopenAsync();
        Assert.Equal(content, await _node.ReadAsync(digest));
        Assert.Equal(1, _node.Remote.Opens);
    }

    [Fact]
    public async Task OpenAsync_OnlyLookedAt_FillsNothing()
    {
        (Digest digest, _) = await _node.PutAsync(LongBytes);
        await using (IBlob? blob = await _node.Store.OpenAsync(digest, Token))
            Assert.Equal(LongBytes, blob!.LengthBytes);
        Assert.True(await _node.Store.ExistsAsync(digest, Token));
        Assert.Equal(0, _node.Remote.Transfers);
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task ReadAsync_ManyAtOnce_ShareOneTransfer()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(LongBytes);
        var go = new TaskCompletionSource();
        _node.Remote.BeforeRead = _ => go.Task;
        Task<byte[]?>[] readers = [.. Enumerable.Range(0, 50).Select(_ => _node.ReadAsync(digest))];
        go.SetResult();
        foreach (Task<byte[]?> reader in readers)
            Assert.Equal(content, await reader);
        Assert.Equal(1, _node.Remote.Transfers);
        Assert.Equal(LongBytes, _node.Remote.ReadBytes);
    }

    [Fact]
    public async Task ReadAsync_WhileItComes_GetsWhatIsThere()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(LongBytes);
        var go = new TaskCompletionSource();
        _node.Remote.BeforeRead = offset => offset >= LongBytes / 2 ? go.Task : Task.CompletedTask;
        await using IBlob? blob = await _node.Store.OpenAsync(digest, Token);
        Assert.Equal(content[..500_000], await TierFixture.ReadAsync(blob!, 0, 500_000));
        Assert.Empty(_node.Files());
        go.SetResult();
        Assert.Equal(content[500_000..], await TierFixture.ReadAsync(blob!, 500_000));
        Assert.Equal(1, _node.Remote.Transfers);
    }

    [Fact]
    public async Task ReadAsync_FarFromTheBeginning_WaitsForNothing_AndFillsNothing()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(LongBytes);
        Assert.Equal(content[2_500_000..2_600_000], await _node.ReadAsync(digest, 2_500_000, 100_000));
        Assert.InRange(_node.Remote.ReadBytes, 100_000, 200_000);
        await _node.WaitForFillsAsync();
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task ReadAsync_FarAheadOfWhatComes_WaitsForNothing()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(LongBytes);
        var go = new TaskCompletionSource();
        _node.Remote.BeforeRead = offset => offset is > 0 and < 2_000_000 ? go.Task : Task.CompletedTask;
        await using IBlob? first = await _node.Store.OpenAsync(digest, Token);
        Assert.Equal(content[..10], await TierFixture.ReadAsync(first!, 0, 10));
        Assert.Equal(content[2_500_000..], await _node.ReadAsync(digest, 2_500_000));
        go.SetResult();
        Assert.Equal(content[10..], await TierFixture.ReadAsync(first!, 10));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(LongBytes)]
    public async Task ReadAsync_WrongBytesInTheStore_NobodyGetsThemWhole_AndNothingIsKept(int lengthBytes)
    {
        (Digest digest, _) = await _node.PutAsync(lengthBytes);
        _node.Remote.AfterRead = (offset, bytes) =>
        {
            if (offset == 0)
                bytes.Span[5] ^= 1;
        };
        await Assert.ThrowsAsync<BlobDamagedException>(() => _node.ReadAsync(digest));
        await _node.WaitForFillsAsync();
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task ReadAsync_WrongBytesReadPastTheTier_TheStoreIsToLookItself()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(LongBytes);
        _node.Tier.Blobs.IsCurrent = static () => false;
        Assert.Equal(content, await _node.ReadAsync(digest));
        Assert.Empty(_node.Remote.Verified);

        _node.Remote.AfterRead = (offset, bytes) =>
        {
            if (offset == 0)
                bytes.Span[5] ^= 1;
        };
        await Assert.ThrowsAsync<BlobDamagedException>(() => _node.ReadAsync(digest));
        Assert.Equal(digest, Assert.Single(_node.Remote.Verified));
    }

    [Fact]
    public async Task ReadAsync_StoreAwayInTheMiddle_FailsAsAway_AndBeginsAnewLater()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(LongBytes);
        _node.Remote.BeforeRead = offset =>
        {
            _node.Remote.IsAway = offset > 1_000_000;
            return Task.CompletedTask;
        };
        BlobStoreException failure = await Assert.ThrowsAsync<BlobStoreException>(() => _node.ReadAsync(digest));
        Assert.True(failure.IsAway);
        Assert.True((await Assert.ThrowsAsync<BlobStoreException>(async () => await _node.Store.OpenAsync(digest, Token))).IsAway);
        await _node.WaitForFillsAsync();
        (_node.Remote.BeforeRead, _node.Remote.IsAway) = (null, false);
        Assert.Equal(content, await _node.ReadAsync(digest));
    }

    [Fact]
    public async Task ForgetAsync_Kept_IsGoneAtOnceAndForGood()
    {
        (Digest digest, _) = await FillAsync(LongBytes);
        await _node.Tier.Blobs.ForgetAsync(digest, Token);
        Assert.Empty(_node.Files());
        _node.Remote.IsAway = true;
        await Assert.ThrowsAsync<BlobStoreException>(async () => await _node.Store.OpenAsync(digest, Token));
    }

    [Fact]
    public async Task DeleteAsync_StoreDoesNotAnswer_IsNotServedFromTheTier()
    {
        (Digest digest, _) = await FillAsync(LongBytes);
        _node.Remote.IsAway = true;
        await Assert.ThrowsAsync<BlobStoreException>(async () => await _node.Store.DeleteAsync(digest, Token));
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task ForgetAsync_WhileItComes_ReaderReadsOn_AndNothingIsKept()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(LongBytes);
        var go = new TaskCompletionSource();
        _node.Remote.BeforeRead = offset => offset > 1_000_000 ? go.Task : Task.CompletedTask;
        await using IBlob? blob = await _node.Store.OpenAsync(digest, Token);
        Assert.Equal(content[..1000], await TierFixture.ReadAsync(blob!, 0, 1000));
        Assert.True(await _node.Store.PurgeAsync(digest, Token));
        Assert.Null(await _node.Store.OpenAsync(digest, Token));
        go.SetResult();
        Assert.Equal(content[1000..], await TierFixture.ReadAsync(blob!, 1000));
        await _node.WaitForFillsAsync();
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task ForgetAsync_BetweenTheOpeningAndTheFirstRead_NothingIsKept()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(LongBytes);
        await using IBlob? blob = await _node.Store.OpenAsync(digest, Token);
        Assert.True(await _node.Store.PurgeAsync(digest, Token));
        Assert.Equal(content, await TierFixture.ReadAsync(blob!));
        await _node.WaitForFillsAsync();
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task ForgetAllAsync_NothingStays()
    {
        await FillAsync(1000);
        await FillAsync(LongBytes);
        Assert.Equal(2, _node.Files().Length);
        await _node.Tier.Blobs.ForgetAllAsync(Token);
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task OpenAsync_NotKnownWhatOthersRemoved_GoesPastTheTier()
    {
        (Digest digest, byte[] content) = await FillAsync(LongBytes);
        bool isCurrent = false;
        _node.Tier.Blobs.IsCurrent = () => isCurrent;
        Assert.Equal(content, await _node.ReadAsync(digest));
        Assert.Equal(2, _node.Remote.Opens);
        _node.Remote.IsAway = true;
        await Assert.ThrowsAsync<BlobStoreException>(async () => await _node.Store.OpenAsync(digest, Token));
        await Assert.ThrowsAsync<BlobStoreException>(async () => await _node.Store.ExistsAsync(digest, Token));
        isCurrent = true;
        Assert.Equal(content, await _node.ReadAsync(digest));
    }

    [Fact]
    public async Task BeginUploadAsync_GoesPastTheTier()
    {
        byte[] content = [1, 2, 3];
        await _node.Store.StoreAsync(Digest.Compute(content), content, Token);
        Assert.Empty(_node.Files());
        _node.Remote.IsAway = true;
        await Assert.ThrowsAsync<BlobStoreException>(async () => await _node.Store.StoreAsync(Digest.Compute(content), content, Token));
    }

    private Task<byte[]?> ReadAsync(Digest digest) => _node.ReadAsync(digest);

    private async Task<(Digest Digest, byte[] Content)> FillAsync(int lengthBytes)
    {
        (Digest digest, byte[] content) = await _node.PutAsync(lengthBytes);
        Assert.Equal(content, await _node.ReadAsync(digest));
        await _node.WaitForFillsAsync();
        return (digest, content);
    }
}
