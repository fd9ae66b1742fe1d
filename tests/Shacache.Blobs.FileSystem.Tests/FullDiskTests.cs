using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>Uploads to a file system that is full, or that may not be written to.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task IngestAsync_DiskFillsUp_IsStorageFullAndEverythingElseGoesOn(bool unnamedStaging)
    {
        using var disk = MountedFileSystem.MountOrSkip("size=2m");
        using var data = new BlobStoreFolder(unnamedStaging, disk.Path);
        var ingester = new BlobIngester(data.Store);
        var stored = new List<Digest>();

        // Small ones until nothing fits any more.
        while (true)
        {
            byte[] content = PatternStream.Bytes(100_000, seed: stored.Count);
            try
            {
                await data.Store.StoreAsync(Digest.Compute(content), content, Token);
            }
            catch (StorageFullException e)
            {
                Assert.Contains(disk.Path, e.Message, StringComparison.Ordinal);
                break;
            }

            stored.Add(Digest.Compute(content));
            Assert.InRange(stored.Count, 1, 20);
        }

        Assert.StartsWith("The data folder cannot be written to: ", await data.Store.FindProblemAsync(Token), StringComparison.Ordinal);

        // Long ones: undeclared, it shows on the way; declared, before the first byte.
        await Assert.ThrowsAsync<StorageFullException>(
            async () => await ingester.IngestAsync(new PatternStream(5_000_000), null, long.MaxValue, null, Token));
        await Assert.ThrowsAsync<StorageFullException>(
            async () => await ingester.IngestAsync(new PatternStream(5_000_000), 5_000_000, long.MaxValue, null, Token));

        Assert.Equal(stored.Order(), (await data.ListAsync(Token)).Select(b => b.Digest).Order());
        foreach (Digest digest in stored)
            Assert.Equal(digest, Digest.Compute((await data.ReadAsync(digest, Token))!));
        Assert.Empty(Directory.GetFiles(Path.Join(data.Path, "incoming")));

        // What is stored already needs no room; and with room, everything works again.
        Assert.Equal(BlobCommit.AlreadyStored, await data.Store.StoreAsync(stored[0], PatternStream.Bytes(100_000), Token));
        disk.Remount("size=20m");
        Assert.Null(await data.Store.FindProblemAsync(Token));
        IngestResult result = await ingester.IngestAsync(new PatternStream(5_000_000), null, long.MaxValue, null, Token);
        Assert.Equal(IngestStatus.Created, result.Status);
    }

    [Fact]
    public async Task StoreAsync_SmallOnesUntilTheDiskIsFull_IsStorageFullAndWorksAgainWithRoom()
    {
        using var disk = MountedFileSystem.MountOrSkip("size=4m");
        var stored = new List<byte[]>();
        using (var data = new BlobStoreFolder(path: disk.Path))
        {
            await Assert.ThrowsAsync<StorageFullException>(async () =>
            {
                while (stored.Count < 5000)
                {
                    byte[] content = PatternStream.Bytes(4000, seed: stored.Count);
                    await data.Store.StoreAsync(Digest.Compute(content), content, Token);
                    stored.Add(content);
                }
            });
            foreach (byte[] content in stored)
                Assert.Equal(content, await data.ReadAsync(Digest.Compute(content), Token));
        }

        // A start needs no room, and with some everything works again.
        using var again = new BlobStoreFolder(path: disk.Path);
        Assert.Equal(stored.Count, (await again.ListAsync(Token)).Count);
        disk.Remount("size=20m");
        byte[] more = PatternStream.Bytes(4000, seed: -1);
        Assert.Equal(BlobCommit.Created, await again.Store.StoreAsync(Digest.Compute(more), more, Token));
    }

    [Fact]
    public async Task StoreAsync_NoInodeLeft_IsStorageFull()
    {
        using var disk = MountedFileSystem.MountOrSkip("size=2m,nr_inodes=270");
        using var data = new BlobStoreFolder(path: disk.Path);

        await Assert.ThrowsAsync<StorageFullException>(async () =>
        {
            for (int i = 0; i < 270; i++)
                await data.Store.StoreAsync(Digest.Compute(BitConverter.GetBytes(i)), BitConverter.GetBytes(i), Token);
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StoreAsync_ReadOnlyDisk_FailsWithTheReasonAndReadsGoOn(bool unnamedStaging)
    {
        using var disk = MountedFileSystem.MountOrSkip("size=2m");
        using var data = new BlobStoreFolder(unnamedStaging, disk.Path);

        // Longer than what goes through the log, which would be open for writing, and mount refuses then.
        byte[] content = PatternStream.Bytes(100_000);
        await data.Store.StoreAsync(Digest.Compute(content), content, Token);
        disk.Remount("ro");
        byte[] other = PatternStream.Bytes(100_000, seed: 1);

        var thrown = await Assert.ThrowsAsync<BlobStoreException>(async () => await data.Store.StoreAsync(Digest.Compute(other), other, Token));

        Assert.Contains("Read-only", thrown.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(disk.Path, thrown.Message, StringComparison.Ordinal);
        Assert.Equal(content, await data.ReadAsync(Digest.Compute(content), Token));
    }

    [Fact]
    public void Open_ReadOnlyDisk_FailsNamingThePath()
    {
        using var disk = MountedFileSystem.MountOrSkip("size=1m");
        disk.Remount("ro");

        var thrown = Assert.Throws<BlobStoreException>(() => FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = disk.Path }));

        Assert.Contains(disk.Path, thrown.Message, StringComparison.Ordinal);
    }
}
