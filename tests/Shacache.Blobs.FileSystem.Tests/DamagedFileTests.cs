using System.Collections.Concurrent;
using Shacache.Blobs.FileSystem.Verification;
using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>Files that are not the blob that they are named after: what is known to be bad is absent.</summary>
public sealed class DamagedFileTests : IDisposable
{
    private const int Long = 5_000_000;
    private const int HeldBack = 64 * 1024;

    private readonly BlobStoreFolder _data = new();
    private readonly ConcurrentQueue<BlobDamage> _damage = new();

    public DamagedFileTests()
    {
        _data.Store.OnDamage = _damage.Enqueue;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    public static TheoryData<int, string> Damages()
    {
        var damages = new TheoryData<int, string>();
        foreach (int length in (int[])[1, 100, 65_536, 65_537, 1_000_000, 4 << 20, (4 << 20) + 1, Long])
        {
            foreach (string kind in (string[])["first byte", "middle", "last byte", "longer"])
                damages.Add(length, kind);
            if (length > 1)
                damages.Add(length, "shorter");
        }

        return damages;
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Damaged_IsNeverReadWhole_IsPutAside_AndReplacedByTheNextUpload(int length, string kind)
    {
        byte[] content = PatternStream.Bytes(length);
        byte[] damaged = Spoil(content, kind);
        var digest = Digest.Compute(content);
        await StoreAsync(digest, content);
        await File.WriteAllBytesAsync(_data.PathOf(digest), damaged, Token);

        await AssertNeverWholeAsync(digest);

        Assert.Null(await _data.Store.OpenAsync(digest, Token));
        Assert.False(await _data.Store.ExistsAsync(digest, Token));
        Assert.False(await _data.Store.VerifyAsync(digest, Token));
        BlobDamage found = Assert.Single(_damage);
        Assert.Equal((digest, Path.Join(_data.Path, "quarantine", digest.ToString())), (found.Digest, found.MovedTo));
        Assert.Equal(damaged, await File.ReadAllBytesAsync(found.MovedTo!, Token));
        Assert.DoesNotContain(digest, (await _data.ListAsync(Token)).Select(blob => blob.Digest));
        Assert.Equal(BlobCommit.Created, await StoreAsync(digest, content));
        Assert.Equal(content, await _data.ReadAsync(digest, Token));
    }

    [Fact]
    public async Task Damaged_CannotBePutAside_IsAbsentAllTheSame_AndNamedOnce()
    {
        byte[] content = PatternStream.Bytes(Long);
        var digest = Digest.Compute(content);
        await StoreAsync(digest, content);
        await File.WriteAllBytesAsync(_data.PathOf(digest), Spoil(content, "middle"), Token);
        await File.WriteAllTextAsync(Path.Join(_data.Path, "quarantine"), "a file where the folder would be", Token);

        await AssertNeverWholeAsync(digest);

        Assert.Null(await _data.Store.OpenAsync(digest, Token));
        Assert.False(await _data.Store.VerifyAsync(digest, Token));
        Assert.Null(Assert.Single(_damage).MovedTo);
        await StoreAsync(digest, content);
        Assert.Equal(content, await _data.ReadAsync(digest, Token));
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(Long)]
    public async Task Changed_AfterItWasFoundRight_IsFoundAgain(int length)
    {
        byte[] content = PatternStream.Bytes(length);
        var digest = Digest.Compute(content);
        await StoreAsync(digest, content);
        Assert.Equal(content, await _data.ReadAsync(digest, Token));
        DateTime written = File.GetLastWriteTimeUtc(_data.PathOf(digest));
        await using (FileStream file = File.OpenWrite(_data.PathOf(digest)))
        {
            file.Position = length / 2;
            file.WriteByte((byte)~content[length / 2]);
        }

        File.SetLastWriteTimeUtc(_data.PathOf(digest), written);

        await AssertNeverWholeAsync(digest);
        Assert.Single(_damage);
    }

    [Fact]
    public async Task Right_IsVerifiedOnce()
    {
        byte[] content = PatternStream.Bytes(Long);
        var digest = Digest.Compute(content);
        await StoreAsync(digest, content);

        await using IBlob? first = await _data.Store.OpenAsync(digest, Token);
        Assert.Equal(Long - HeldBack, await first!.WaitBeyondAsync(0, Token));
        Assert.Equal(Long, await first.WaitBeyondAsync(Long - HeldBack, Token));
        await using IBlob? second = await _data.Store.OpenAsync(digest, Token);

        ValueTask<long> whole = second!.WaitBeyondAsync(0, Token);
        Assert.True(whole.IsCompletedSuccessfully);
        Assert.Equal(Long, await whole);
        Assert.True(await second.EnsureVerifiedAsync(Token));
        Assert.Empty(_damage);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(Long)]
    public async Task EnsureVerified_Damaged_Throws(int length)
    {
        byte[] content = PatternStream.Bytes(length);
        var digest = Digest.Compute(content);
        await StoreAsync(digest, content);
        await using IBlob? blob = await OpenUnverifiedAsync(digest, Spoil(content, "middle"));

        if (blob is not null)
            await Assert.ThrowsAsync<BlobDamagedException>(async () => await blob.EnsureVerifiedAsync(Token));
        Assert.Single(_damage);
    }

    [Fact]
    public async Task ManyReaders_OfADamagedFile_NoneHasItWhole_AndItIsNamedOnce()
    {
        byte[] content = PatternStream.Bytes(Long);
        var digest = Digest.Compute(content);
        await StoreAsync(digest, content);
        await File.WriteAllBytesAsync(_data.PathOf(digest), Spoil(content, "middle"), Token);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => AssertNeverWholeAsync(digest), Token)));

        Assert.Single(_damage);
    }

    [Fact]
    public async Task Reader_LeavesAtOnce_TheNextOneIsServed()
    {
        byte[] content = PatternStream.Bytes(Long);
        var digest = Digest.Compute(content);
        await StoreAsync(digest, content);
        for (int i = 0; i < 20; i++)
        {
            await using IBlob? blob = await _data.Store.OpenAsync(digest, Token);
            Assert.Equal(1, await blob!.ReadAsync(0, new byte[1], Token));
        }

        Assert.Equal(content, await _data.ReadAsync(digest, Token));
    }

    [Fact]
    public async Task Replaced_WhileADamagedFileIsRead_TheNewOneStays()
    {
        byte[] content = PatternStream.Bytes(Long);
        var digest = Digest.Compute(content);
        await StoreAsync(digest, content);
        await File.WriteAllBytesAsync(_data.PathOf(digest), Spoil(content, "middle"), Token);
        await using IBlob? damaged = await _data.Store.OpenAsync(digest, Token);

        await StoreAsync(digest, content);

        await Assert.ThrowsAsync<BlobDamagedException>(async () => await damaged!.EnsureVerifiedAsync(Token));
        Assert.Empty(_damage);
        Assert.Equal(content, await _data.ReadAsync(digest, Token));
    }

    private static byte[] Spoil(byte[] content, string kind)
    {
        byte[] spoilt = kind switch
        {
            "shorter" => content[..(content.Length / 2)],
            "longer" => [.. content, 0],
            _ => [.. content],
        };
        int at = kind switch
        {
            "first byte" => 0,
            "middle" => content.Length / 2,
            "last byte" => content.Length - 1,
            _ => -1,
        };
        if (at >= 0)
            spoilt[at] ^= 1;
        return spoilt;
    }

    private async Task<BlobCommit> StoreAsync(Digest digest, byte[] content)
    {
        await using IBlobUpload upload = await _data.Store.BeginUploadAsync(content.Length, Token);
        await upload.WriteAsync(content, Token);
        return await upload.CommitAsync(digest, Token);
    }

    private async Task<IBlob?> OpenUnverifiedAsync(Digest digest, byte[] damaged)
    {
        await File.WriteAllBytesAsync(_data.PathOf(digest), damaged, Token);
        return await _data.Store.OpenAsync(digest, Token);
    }

    /// <summary>Absent at once; or read up to the last piece, and then found damaged.</summary>
    private async Task AssertNeverWholeAsync(Digest digest)
    {
        await using IBlob? blob = await _data.Store.OpenAsync(digest, Token);
        if (blob is null)
            return;
        Assert.True(blob.LengthBytes > 4 << 20);
        byte[] buffer = new byte[100_000];
        long offset = 0;
        await Assert.ThrowsAsync<BlobDamagedException>(async () =>
        {
            while (true)
            {
                int count = await blob.ReadAsync(offset, buffer, Token);
                Assert.NotEqual(0, count);
                offset += count;
            }
        });
        Assert.Equal(blob.LengthBytes - HeldBack, offset);
        await Assert.ThrowsAsync<BlobDamagedException>(async () => await blob.WaitBeyondAsync(offset, Token));
    }
}
