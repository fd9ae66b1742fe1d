using Shacache.Cli.Tier;
using Shacache.Core.Blobs;
using Shacache.Core.Retention;
using Shacache.Testing;

namespace Shacache.Tests.Tier;

/// <summary>The disk of a local tier: bounded, damaged, deleted, of another content. No reader notices anything but time.</summary>
public sealed class TierDiskTests : IAsyncLifetime
{
    private const int BlobBytes = 100_000;
    private TierFixture _node = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await TierFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task RunAsync_AboveTheLimit_WhatWasReadLatelyStays()
    {
        _node.Budget.MaxBytes = 10 * BlobBytes;
        await _node.ReopenAsync();
        List<Digest> digests = await FillAsync(10);
        await _node.Tier.Local.Eviction.MakeRoomAsync(Token);
        await _node.ReadAsync(digests[0]);
        digests.AddRange(await FillAsync(1, seed: 100));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = _node.Tier.Local.RunAsync(failure => Assert.Fail(failure.Message), end.Token);
        await Eventually.IsTrueAsync(() => Task.FromResult(_node.Files().Length <= 9));
        Assert.Contains(digests[0].ToString(), _node.Files().Select(Path.GetFileName));
        Assert.Contains(digests[10].ToString(), _node.Files().Select(Path.GetFileName));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task ReadAsync_LongerThanTheLimit_IsServedAndNotKept()
    {
        _node.Budget.MaxBytes = BlobBytes / 2;
        await _node.ReopenAsync();
        (Digest digest, byte[] content) = await _node.PutAsync(BlobBytes);
        Assert.Equal(content, await _node.ReadAsync(digest));
        await _node.WaitForFillsAsync();
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task ReadAsync_NoFolderToWriteInto_IsServed()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(BlobBytes);

        // A file where the folder of what comes in should be.
        Directory.CreateDirectory(_node.Folder);
        await File.WriteAllTextAsync(Path.Combine(_node.Folder, "coming"), "", Token);
        Assert.Equal(content, await _node.ReadAsync(digest));
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task ReadAsync_DeletedWhileItRuns_IsServed_AndATierAgainAfterARestart()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(BlobBytes);
        Assert.Equal(content, await _node.ReadAsync(digest));
        await _node.WaitForFillsAsync();
        Directory.Delete(_node.Folder, recursive: true);
        Assert.Equal(content, await _node.ReadAsync(digest));
        await _node.WaitForFillsAsync();
        await _node.ReopenAsync();
        Assert.Equal(content, await _node.ReadAsync(digest));
        await _node.WaitForFillsAsync();
        Assert.Single(_node.Files());
    }

    [Theory]
    [InlineData(BlobBytes, 500)]
    [InlineData(BlobBytes, BlobBytes - 1)]
    [InlineData(6_000_000, 5_999_999)]
    [InlineData(6_000_000, 5)]
    public async Task ReadAsync_DamagedOnTheDisk_IsNeverServedWhole_AndComesFromTheStoreNext(int lengthBytes, int damagedAt)
    {
        (Digest digest, byte[] content) = await _node.PutAsync(lengthBytes);
        Assert.Equal(content, await _node.ReadAsync(digest));
        await _node.WaitForFillsAsync();
        Damage(_node.PathOf(digest), damagedAt);
        await _node.ReopenAsync();
        byte[]? read = null;
        try
        {
            read = await _node.ReadAsync(digest);
        }
        catch (BlobDamagedException) when (lengthBytes > 4 << 20)
        {
            // What is long is compared while it is read; its end is held back.
            read = await _node.ReadAsync(digest);
        }

        Assert.Equal(content, read);
        await _node.WaitForFillsAsync();
        Assert.Equal(content, await _node.ReadAsync(digest));
        Assert.DoesNotContain(Directory.GetFiles(_node.Folder, "*", SearchOption.AllDirectories), path => path.Contains("quarantine", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EnsureVerifiedAsync_DamagedOnTheDisk_APartComesFromTheStore()
    {
        (Digest digest, byte[] content) = await _node.PutAsync(6_000_000);
        Assert.Equal(content, await _node.ReadAsync(digest));
        await _node.WaitForFillsAsync();
        Damage(_node.PathOf(digest), 3_000_000);
        await _node.ReopenAsync();
        await using IBlob? blob = await _node.Store.OpenAsync(digest, Token);
        await blob!.EnsureVerifiedAsync(Token);
        Assert.Equal(content[2_900_000..3_100_000], await TierFixture.ReadAsync(blob, 2_900_000, 200_000));
    }

    [Fact]
    public async Task OpenAsync_OfAnotherContent_NothingOfItIsServed()
    {
        await FillAsync(2);
        await _node.ReopenAsync("another");
        Assert.Empty(_node.Files());
        Assert.Null(_node.Tier.Known?.Number);
        await _node.ReopenAsync("test");
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task OpenAsync_NotKnownOfWhat_NothingOfItIsServed()
    {
        await FillAsync(2);
        await _node.Tier.DisposeAsync();
        File.Delete(Path.Combine(_node.Folder, TierKnowledge.FileName));
        await _node.OpenAsync();
        Assert.Empty(_node.Files());
    }

    [Fact]
    public async Task OpenAsync_DamagedIndex_IsMadeAnew()
    {
        await FillAsync(3);
        await _node.Tier.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(_node.Folder, "index.sqlite"), new string('x', 10_000), Token);
        await _node.OpenAsync();
        Assert.True(_node.Tier.Local.IsIndexInDoubt);
        await _node.Tier.Local.RebuildIndexAsync(Token);
        Assert.Equal(new BlobTotals(3, 3 * BlobBytes), await _node.Tier.Local.CountAsync(Token));
    }

    [Fact]
    public async Task Remember_Reopened_IsKnown()
    {
        Block[] blocks = [new(RuleSubject.Of(Digest.Compute([1])), "bad"), new(RuleSubject.Of(Core.Entries.EntryKey.Create("key-ü")), "")];
        _node.Tier.Remember(42, blocks);
        await _node.ReopenAsync();
        Assert.Equal(42, _node.Tier.Known!.Number);
        Assert.Equal(blocks, _node.Tier.Known.Blocks);
    }

    private static void Damage(string path, int at)
    {
        File.SetAttributes(path, FileAttributes.Normal);
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = at;
        int old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 1));
    }

    private async Task<List<Digest>> FillAsync(int count, int seed = 0)
    {
        List<Digest> digests = [];
        for (int i = 0; i < count; i++)
        {
            (Digest digest, byte[] content) = await _node.PutAsync(BlobBytes, seed + i);
            Assert.Equal(content, await _node.ReadAsync(digest));
            digests.Add(digest);
        }

        await _node.WaitForFillsAsync();
        return digests;
    }
}
