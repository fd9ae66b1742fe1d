using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>Content that is too long to stay in the page cache.</summary>
public sealed class LongUploadTests
{
    private const int LengthBytes = (48 << 20) + 12345;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WriteAsync_LongContent_IsStoredWholeAndLeavesOnlyItsEndInMemory(bool unnamedStaging)
    {
        using var data = new BlobStoreFolder(unnamedStaging);
        byte[] content = PatternStream.Bytes(LengthBytes);
        var digest = Digest.Compute(content);

        await using (IBlobUpload upload = await data.Store.BeginUploadAsync(LengthBytes, Token))
        {
            // No multiple of a page, so that steps end within pages.
            foreach (byte[] part in content.Chunk(100_001))
                await upload.WriteAsync(part, Token);
            Assert.Equal(BlobCommit.Created, await upload.CommitAsync(digest, Token));
        }

        long residentBytes = PageCache.CountResidentBytesOrSkip(data.PathOf(digest));
        Assert.InRange(residentBytes, 1, 40 << 20);
        Assert.Equal(content, await data.ReadAsync(digest, Token));
    }

    [Fact]
    public async Task CommitAsync_DiskFailedForAWhileOnTheWay_IsAFailureAndStoresNothing()
    {
        // The device claims 256 MiB and can hold 48 at first: the kernel accepts everything, and fails when it writes out.
        using var room = MountedFileSystem.MountOrSkip("size=48m");
        using var device = MountedFileSystem.MountImageOrSkip(Path.Join(room.Path, "disk"), 256 << 20);
        using var data = new BlobStoreFolder(path: Path.Join(device.Path, "data"));
        byte[] content = PatternStream.Bytes(128 << 20);

        async Task UploadAsync()
        {
            await using IBlobUpload upload = await data.Store.BeginUploadAsync(content.Length, Token);
            await upload.WriteAsync(content.AsMemory(0, 32 << 20), Token);
            for (int offset = 32 << 20; offset < content.Length; offset += 8 << 20)
            {
                if (offset == 96 << 20)
                    room.Remount("size=400m");
                await upload.WriteAsync(content.AsMemory(offset, 8 << 20), Token);
            }

            await upload.CommitAsync(Digest.Compute(content), Token);
        }

        await Assert.ThrowsAnyAsync<BlobStoreException>(UploadAsync);
        Assert.Empty(await data.ListAsync(Token));
    }
}
