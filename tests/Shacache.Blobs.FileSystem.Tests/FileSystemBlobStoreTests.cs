using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>What holds for files beyond the contract: where they are, what survives, what is tolerated.</summary>
public sealed class FileSystemBlobStoreTests
{
    private readonly byte[] _content = PatternStream.Bytes(5000);
    private readonly Digest _digest;

    public FileSystemBlobStoreTests()
    {
        _digest = Digest.Compute(_content);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_TreeOfRelease01_IsReadable()
    {
        using var folder = new TemporaryFolder();
        CopyTree(Path.Join(AppContext.BaseDirectory, "release-0.1"), folder.Path);
        using var data = new BlobStoreFolder(path: folder.Path);

        List<BlobInfo> blobs = await data.ListAsync(Token);

        Assert.Equal([0, 14, 300], blobs.Select(b => b.LengthBytes).Order());
        foreach (BlobInfo blob in blobs)
            Assert.Equal(blob.Digest, Digest.Compute((await data.ReadAsync(blob.Digest, Token))!));
        Assert.Equal("hello shacache"u8.ToArray(), await data.ReadAsync(Digest.Compute("hello shacache"u8), Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StoreAsync_NewBlob_IsAPlainFileUnderItsDigest(bool unnamedStaging)
    {
        using var data = new BlobStoreFolder(unnamedStaging);

        await data.Store.StoreAsync(_digest, _content, Token);

        Assert.Equal(_content, await File.ReadAllBytesAsync(data.PathOf(_digest), Token));
        Assert.Equal([data.PathOf(_digest)], Directory.GetFiles(Path.Join(data.Path, "blobs"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StoreAsync_NewBlob_HasTheModeThatTheUmaskAllows(bool unnamedStaging)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The umask is read from /proc.");
        using var data = new BlobStoreFolder(unnamedStaging);
        string umask = File.ReadLines("/proc/self/status").First(l => l.StartsWith("Umask:", StringComparison.Ordinal))["Umask:".Length..].Trim();
        int expected = 0x1B6 & ~Convert.ToInt32(umask, 8);

        await data.Store.StoreAsync(_digest, _content, Token);

        Assert.Equal((UnixFileMode)expected, new FileInfo(data.PathOf(_digest)).UnixFileMode);
    }

    [Fact]
    public async Task Open_LeftoversOfACrash_AreSweptAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["incoming"]);
        string leftover = folder["incoming", "0123456789abcdef.part"];
        string inUse = folder["incoming", "fedcba9876543210.part"];
        string foreign = folder["incoming", "notes.txt"];
        foreach (string path in new[] { leftover, inUse, foreign })
            await File.WriteAllTextAsync(path, "half a blob", Token);
        using (File.OpenHandle(inUse, FileMode.Open, FileAccess.ReadWrite, FileShare.Delete))
        using (new BlobStoreFolder(path: folder.Path))
        {
            Assert.Equal([inUse, foreign], Directory.GetFiles(folder["incoming"]).Order());
        }

        using (new BlobStoreFolder(path: folder.Path))
            Assert.Equal([foreign], Directory.GetFiles(folder["incoming"]));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(4096, true)]
    [InlineData(4096, false)]
    public async Task StoreAsync_FileOfAnotherLengthIsThere_IsReplaced(int plantedBytes, bool unnamedStaging)
    {
        using var data = new BlobStoreFolder(unnamedStaging);
        data.Plant(_digest, _content[..plantedBytes]);

        Assert.Equal(BlobCommit.Created, await data.Store.StoreAsync(_digest, _content, Token));

        Assert.Equal(_content, await data.ReadAsync(_digest, Token));
        Assert.Empty(Directory.GetFiles(Path.Join(data.Path, "incoming")));
    }

    [Theory]
    [InlineData(100, true, true)]
    [InlineData(100, false, true)]
    [InlineData(100_000, true, true)]
    [InlineData(100_000, true, false)]
    [InlineData(100_000, false, false)]
    public async Task FileOfTheRightLengthIsThere_IsReplacedByTheNextUpload_AndItsReadersAreNotDisturbed(int length, bool unnamedStaging, bool inMemory)
    {
        using var data = new BlobStoreFolder(unnamedStaging);
        byte[] content = RandomNumberGenerator.GetBytes(length);
        byte[] damaged = [.. content];
        damaged[length / 2] ^= 1;
        var digest = Digest.Compute(content);
        data.Plant(digest, content);
        await using IBlob? reader = await data.Store.OpenAsync(digest, Token);
        data.Plant(digest, damaged);

        BlobCommit commit;
        if (inMemory)
        {
            commit = await data.Store.StoreAsync(digest, content, Token);
        }
        else
        {
            await using IBlobUpload upload = await data.Store.BeginUploadAsync(length, Token);
            await upload.WriteAsync(content, Token);
            commit = await upload.CommitAsync(digest, Token);
        }

        Assert.Equal(BlobCommit.AlreadyStored, commit);
        Assert.Equal(content, await data.ReadAsync(digest, Token));
        Assert.Empty(Directory.GetFiles(Path.Join(data.Path, "incoming")));
        byte[] read = new byte[length];
        Assert.Equal(length, await reader!.ReadAsync(0, read, Token));
        Assert.Equal(damaged, read);
        Assert.False(File.Exists(Path.Join(data.Path, "quarantine")));
    }

    [Fact]
    public async Task OpenAsync_EmptyFileOfANonEmptyBlob_IsNotStored()
    {
        using var data = new BlobStoreFolder();
        data.Plant(_digest, []);
        data.Plant(Digest.Empty, []);

        Assert.Null(await data.ReadAsync(_digest, Token));
        Assert.Empty((await data.ReadAsync(Digest.Empty, Token))!);
        Assert.Equal([Digest.Empty], (await data.ListAsync(Token)).Select(b => b.Digest));
    }

    [Fact]
    public async Task ReadAsync_FileCutShortMeanwhile_SaysSo()
    {
        using var data = new BlobStoreFolder();
        await data.Store.StoreAsync(_digest, _content, Token);
        await using IBlob? blob = await data.Store.OpenAsync(_digest, Token);
        await using (FileStream file = File.OpenWrite(data.PathOf(_digest)))
            file.SetLength(100);

        var thrown = await Assert.ThrowsAsync<BlobStoreException>(async () => await blob!.ReadAsync(100, new byte[10], Token));

        Assert.Contains(_digest.ToString(), thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListAsync_ForeignFiles_ArePassedOver()
    {
        using var data = new BlobStoreFolder();
        await data.Store.StoreAsync(_digest, _content, Token);
        string folder = Path.GetDirectoryName(data.PathOf(_digest))!;
        Digest other = Digest.Compute("other"u8);
        Assert.NotEqual(other.ToString()[..2], _digest.ToString()[..2]);
        await File.WriteAllTextAsync(Path.Join(folder, "notes.txt"), "x", Token);
        await File.WriteAllTextAsync(Path.Join(folder, other.ToString()), "in the wrong folder", Token);
        await File.WriteAllTextAsync(Path.Join(folder, _digest.ToString().ToUpperInvariant()), "upper case", Token);
        Directory.Delete(Path.Join(data.Path, "blobs", "00"));
        await File.WriteAllTextAsync(Path.Join(data.Path, "blobs", "00"), "a file where a folder would be", Token);
        Directory.CreateDirectory(data.PathOf(other));
        Directory.CreateDirectory(Path.Join(data.Path, "blobs", "lost+found"));

        Assert.Equal([_digest], (await data.ListAsync(Token)).Select(b => b.Digest));
    }

    [Fact]
    public async Task ListAsync_FoldersVanishMeanwhile_GoesOn()
    {
        using var data = new BlobStoreFolder();
        for (int i = 0; i < 100; i++)
        {
            byte[] content = BitConverter.GetBytes(i);
            await data.Store.StoreAsync(Digest.Compute(content), content, Token);
        }

        int seen = 0;
        await foreach (BlobInfo _ in data.Store.ListAsync(Token))
        {
            if (++seen == 10)
                Directory.Delete(Path.Join(data.Path, "blobs"), recursive: true);
        }

        Assert.InRange(seen, 10, 20);
        Assert.Equal(BlobCommit.Created, await data.Store.StoreAsync(_digest, _content, Token));
        Assert.Equal(_content, await data.ReadAsync(_digest, Token));
    }

    [Fact]
    public async Task StoreAsync_FileWhereTheFolderWouldBe_FailsNamingThePath()
    {
        using var data = new BlobStoreFolder();
        string name = _digest.ToString();
        Directory.Delete(Path.Join(data.Path, "blobs", name[..2]));
        await File.WriteAllTextAsync(Path.Join(data.Path, "blobs", name[..2]), "in the way", Token);

        var thrown = await Assert.ThrowsAsync<BlobStoreException>(async () => await data.Store.StoreAsync(_digest, _content, Token));

        Assert.Contains(data.PathOf(_digest), thrown.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Join(data.Path, "incoming")));
    }

    [Fact]
    public void Open_DataFolderIsAFile_FailsNamingIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["data"], "a file");

        var thrown = Assert.Throws<BlobStoreException>(
            () => FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = folder["data"] }));

        Assert.Contains(folder["data"], thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 16)]
    [InlineData("data", 0)]
    [InlineData("data", 257)]
    public void Open_OptionOutOfRange_IsRefused(string dataFolder, int diskThreads) =>
        Assert.Throws<ArgumentException>(() => FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = dataFolder, DiskThreads = diskThreads }));

    [Fact]
    public async Task BeginUploadAsync_MoreThanTheDiskHolds_IsFullBeforeAnyByte()
    {
        using var data = new BlobStoreFolder();

        await Assert.ThrowsAsync<StorageFullException>(async () => await data.Store.BeginUploadAsync(long.MaxValue, Token));
    }

    [Fact]
    public async Task Dispose_UploadsUnderWay_FinishesThemAndTakesNoMore()
    {
        using var data = new BlobStoreFolder();
        Task<BlobCommit>[] stores = [.. Enumerable.Range(0, 40).Select(i => data.Store.StoreAsync(
            Digest.Compute(BitConverter.GetBytes(i)), BitConverter.GetBytes(i), Token).AsTask())];

        data.Store.Dispose();

        Assert.All(await Task.WhenAll(stores), c => Assert.Equal(BlobCommit.Created, c));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await data.Store.StoreAsync(_digest, _content, Token));
    }

    [Fact]
    public async Task Dispose_UploadNeverEnded_ItsEndStillDiscardsTheFile()
    {
        using var data = new BlobStoreFolder(unnamedStaging: false);
        IBlobUpload upload = await data.Store.BeginUploadAsync(null, Token);
        await upload.WriteAsync(_content, Token);

        data.Store.Dispose();
        await upload.DisposeAsync();

        Assert.Empty(Directory.GetFiles(Path.Join(data.Path, "incoming")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Descriptors_AfterEveryKindOfUse_AreClosed(bool unnamedStaging)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Descriptors are counted in /proc.");
        using var data = new BlobStoreFolder(unnamedStaging);
        var ingester = new BlobIngester(data.Store);
        data.Plant(Digest.Compute("planted"u8), []);
        await using (IBlobUpload upload = await data.Store.BeginUploadAsync(null, Token))
        {
            await upload.WriteAsync(_content, Token);
            Assert.Equal(1, CountDescriptors(data.Path));
        }

        for (int i = 0; i < 30; i++)
        {
            await ingester.IngestAsync(new PatternStream(300_000), null, long.MaxValue, null, Token);
            await ingester.IngestAsync(new PatternStream(300_000, seed: i), 300_000, long.MaxValue, Digest.Empty, Token);
            await Assert.ThrowsAsync<IOException>(async () => await ingester.IngestAsync(
                new PatternStream(300_000, seed: i) { FailureAtEnd = new IOException("Reset.") }, 400_000, long.MaxValue, null, Token));
            await data.Store.StoreAsync(_digest, _content, Token);
            await data.ReadAsync(_digest, Token);
            await data.ReadAsync(Digest.Compute("planted"u8), Token);
            await data.ListAsync(Token);
            await data.Store.DeleteAsync(_digest, Token);
        }

        Assert.Equal(0, CountDescriptors(data.Path));
    }

    /// <summary>Those of content: the log of small uploads stays open as long as the store.</summary>
    private static int CountDescriptors(string folder) => Directory.GetFiles("/proc/self/fd").Select(ReadLink).Count(target =>
        target.StartsWith(folder + "/", StringComparison.Ordinal) && !target.EndsWith(".log", StringComparison.Ordinal));

    private static string ReadLink(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static void CopyTree(string source, string target)
    {
        foreach (string path in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Join(target, Path.GetRelativePath(source, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }
    }
}
