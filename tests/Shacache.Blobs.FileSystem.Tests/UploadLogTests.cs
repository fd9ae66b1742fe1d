using Shacache.Blobs.FileSystem.Uploads;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>Small uploads whose files a loss of power took back: the log has them.</summary>
/// <remarks>
/// Power cannot be cut here. Instead the folder is copied while the store is open, as a crash would leave it, and the files in
/// the copy are damaged as a file system may leave what it never flushed.
/// </remarks>
public sealed class UploadLogTests : IDisposable
{
    // More than it takes until the caller's thread does the work.
    private const int OneByOne = 20;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_FilesThatTheDiskNeverGot_AreRestored()
    {
        byte[][] contents = [.. Enumerable.Range(0, 300).Select(i => PatternStream.Bytes(1 + (i * 109), seed: i))];
        string crashed = await StoreAndCrashAsync(contents);
        for (int i = 0; i < contents.Length; i++)
            Damage(BlobStoreFolder.PathOf(crashed, Digest.Compute(contents[i])), i);

        using (var data = new BlobStoreFolder(path: crashed))
        {
            foreach (byte[] content in contents)
                Assert.Equal(content, await data.ReadAsync(Digest.Compute(content), Token));
            Assert.Equal(contents.Length, (await data.ListAsync(Token)).Count);
        }

        // Restored means durable: the log has nothing more to say.
        File.Delete(BlobStoreFolder.PathOf(crashed, Digest.Compute(contents[0])));
        using (var again = new BlobStoreFolder(path: crashed))
            Assert.Null(await again.ReadAsync(Digest.Compute(contents[0]), Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(79)]
    [InlineData(80)]
    [InlineData(1079)]
    public async Task Open_LastRecordIsTorn_TheOthersAreRestored(int wholeBytes)
    {
        byte[][] contents = [.. Enumerable.Range(0, 5).Select(i => PatternStream.Bytes(1000, seed: i))];
        string crashed = await StoreAndCrashAsync(contents);
        using (FileStream log = File.OpenWrite(Path.Join(crashed, "uploads-0.log")))
        {
            log.Position = (4 * (LogSegment.HeadBytes + 1000)) + wholeBytes;
            log.Write(new byte[LogSegment.HeadBytes + 1000 - wholeBytes]);
        }

        foreach (byte[] content in contents)
            File.Delete(BlobStoreFolder.PathOf(crashed, Digest.Compute(content)));

        using var data = new BlobStoreFolder(path: crashed);

        Assert.Equal(
            contents[..4].Select(content => Digest.Compute(content)).Order(), (await data.ListAsync(Token)).Select(blob => blob.Digest).Order());
    }

    [Fact]
    public async Task Open_RecordsOfAnEarlierRunBehindNewOnes_AreNotRead()
    {
        byte[][] earlier = [.. Enumerable.Range(0, 5).Select(i => PatternStream.Bytes(1000, seed: i))];
        byte[] later = PatternStream.Bytes(1000, seed: 100);
        using (var first = new BlobStoreFolder(path: _folder["data"]))
        {
            foreach (byte[] content in earlier)
                await first.Store.StoreAsync(Digest.Compute(content), content, Token);
        }

        string crashed = await StoreAndCrashAsync([later]);
        Directory.Delete(Path.Join(crashed, "blobs"), recursive: true);

        using var data = new BlobStoreFolder(path: crashed);

        Assert.Equal([Digest.Compute(later)], (await data.ListAsync(Token)).Select(blob => blob.Digest));
    }

    [Fact]
    public async Task Open_LogThatIsNone_IsNotRead()
    {
        Directory.CreateDirectory(_folder["data"]);
        await File.WriteAllBytesAsync(_folder["data", "uploads-0.log"], PatternStream.Bytes(5000), Token);
        await File.WriteAllBytesAsync(_folder["data", "uploads-1.log"], [1], Token);

        using var data = new BlobStoreFolder(path: _folder["data"]);

        Assert.Empty(await data.ListAsync(Token));
    }

    [Fact]
    public async Task StoreAsync_MoreThanTheLogTakes_NoneIsLost()
    {
        // 16 MiB a segment: the log turns three times.
        byte[][] contents = [.. Enumerable.Range(0, 1800).Select(i => PatternStream.Bytes(UploadLog.MaxContentBytes - (i % 7), seed: i))];
        string crashed = await StoreAndCrashAsync(contents);
        for (int i = contents.Length - 100; i < contents.Length; i++)
            File.Delete(BlobStoreFolder.PathOf(crashed, Digest.Compute(contents[i])));

        using var data = new BlobStoreFolder(path: crashed);

        foreach (byte[] content in contents)
            Assert.Equal(content, await data.ReadAsync(Digest.Compute(content), Token));
        Assert.InRange(new DirectoryInfo(crashed).GetFiles("uploads-*.log").Sum(file => file.Length), 1 << 20, 36 << 20);
    }

    [Fact]
    public async Task StoreAsync_LogCannotBeWritten_StoresWithoutIt()
    {
        Directory.CreateDirectory(_folder["data", "uploads-0.log"]);
        using var data = new BlobStoreFolder(path: _folder["data"]);
        byte[] content = PatternStream.Bytes(1000);

        Assert.Equal(BlobCommit.Created, await data.Store.StoreAsync(Digest.Compute(content), content, Token));

        Assert.Equal(content, await data.ReadAsync(Digest.Compute(content), Token));
    }

    [Fact]
    public async Task StoreAsync_OneOfManyIsCancelled_TheOthersAreStored()
    {
        using var data = new BlobStoreFolder(path: _folder["data"]);
        using var cancelled = new CancellationTokenSource();
        byte[][] contents = [.. Enumerable.Range(0, 200).Select(i => PatternStream.Bytes(500, seed: i))];

        Task<BlobCommit>[] stores =
        [
            .. contents.Select((content, i) => data.Store.StoreAsync(Digest.Compute(content), content, i % 10 == 0 ? cancelled.Token : Token).AsTask()),
        ];
        await cancelled.CancelAsync();

        for (int i = 0; i < stores.Length; i++)
        {
            if (i % 10 != 0)
                Assert.Equal(BlobCommit.Created, await stores[i]);
            else
                await stores[i].ContinueWith(store => Assert.True(store.IsCanceled || store.Result == BlobCommit.Created), TaskScheduler.Default);
        }
    }

    private static void Damage(string path, int kind)
    {
        using FileStream file = File.OpenWrite(path);
        switch (kind % 5)
        {
            case 0:
                File.Delete(path);
                break;
            case 1:
                file.SetLength(0);
                break;
            case 2:
                file.SetLength(file.Length / 2);
                break;
            case 3:
                file.Write(new byte[file.Length]);
                break;
        }
    }

    /// <summary>Stores one by one, then side by side, and gives a folder like the one that a crash right after the last answer leaves.</summary>
    [Fact]
    public async Task PurgeAsync_ThenACrash_ThePurgedDoesNotComeBack()
    {
        using var data = new BlobStoreFolder(path: _folder["data"]);
        byte[][] contents = [.. Enumerable.Range(0, 40).Select(i => PatternStream.Bytes(1000, seed: i))];
        await Task.WhenAll(contents.Select(content => data.Store.StoreAsync(Digest.Compute(content), content, Token).AsTask()));
        Assert.True(await data.Store.PurgeAsync(Digest.Compute(contents[0]), Token));
        Assert.False(await data.Store.PurgeAsync(Digest.Compute(contents[0]), Token));
        byte[] later = PatternStream.Bytes(1000, seed: 99);
        await data.Store.StoreAsync(Digest.Compute(later), later, Token);
        string crashed = Crash(data);
        File.Delete(BlobStoreFolder.PathOf(crashed, Digest.Compute(later)));

        using var again = new BlobStoreFolder(path: crashed);
        Assert.Null(await again.ReadAsync(Digest.Compute(contents[0]), Token));
        foreach (byte[] content in contents[1..])
            Assert.Equal(content, await again.ReadAsync(Digest.Compute(content), Token));
        Assert.Equal(data.Store.UsesUnnamedStaging ? later : null, await again.ReadAsync(Digest.Compute(later), Token));
    }

    [Fact]
    public async Task PurgeAsync_WhileOthersUpload_NothingElseIsLost()
    {
        using var data = new BlobStoreFolder(path: _folder["data"]);
        byte[][] contents = [.. Enumerable.Range(0, 200).Select(i => PatternStream.Bytes(1000, seed: i))];
        await Parallel.ForAsync(0, contents.Length, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token }, async (i, token) =>
        {
            await data.Store.StoreAsync(Digest.Compute(contents[i]), contents[i], token);
            if (i % 10 == 0)
                Assert.True(await data.Store.PurgeAsync(Digest.Compute(contents[i]), token));
        });
        using var again = new BlobStoreFolder(path: Crash(data));
        for (int i = 0; i < contents.Length; i++)
            Assert.Equal(i % 10 == 0 ? null : contents[i], await again.ReadAsync(Digest.Compute(contents[i]), Token));
    }

    private async Task<string> StoreAndCrashAsync(byte[][] contents)
    {
        using var data = new BlobStoreFolder(path: _folder["data"]);
        Assert.SkipUnless(data.Store.UsesUnnamedStaging, "The log is used where there are unnamed files (O_TMPFILE).");
        foreach (byte[] content in contents[..Math.Min(OneByOne, contents.Length)])
            await data.Store.StoreAsync(Digest.Compute(content), content, Token);
        await Task.WhenAll(contents.Skip(OneByOne).Select(content => data.Store.StoreAsync(Digest.Compute(content), content, Token).AsTask()));
        return Crash(data);
    }

    /// <summary>Copies the folder as a crash would leave it.</summary>
    private string Crash(BlobStoreFolder data)
    {
        string crashed = _folder["crashed"];
        foreach (string file in Directory.GetFiles(data.Path, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Join(crashed, Path.GetRelativePath(data.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return crashed;
    }
}
