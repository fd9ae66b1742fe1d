using Shacache.Blobs.FileSystem.Files;
using Shacache.Blobs.FileSystem.Uploads;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>The system has no thread left for a while: what is uploaded meanwhile is stored, and afterwards everything is as before.</summary>
public sealed class ThreadShortageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_NoThreadToBeHad_TheCallerWorks_AndALaterJobGetsAThread()
    {
        var starter = new ScarceThreads { AreThere = false };
        using var threads = new DiskThreads(2, starter);

        Assert.Equal(Environment.CurrentManagedThreadId, await threads.RunAsync(0, static _ => Environment.CurrentManagedThreadId));

        starter.AreThere = true;
        Assert.Equal("shacache disk", await threads.RunAsync(0, static _ => Thread.CurrentThread.Name));
    }

    [Fact]
    public async Task RunAsync_NoSecondThreadToBeHad_TheFirstDoesBoth()
    {
        var starter = new ScarceThreads();
        using var threads = new DiskThreads(2, starter);
        using var release = new ManualResetEventSlim();
        Task<string?> first = threads.RunAsync(release, static gate =>
        {
            gate.Wait();
            return Thread.CurrentThread.Name;
        }).AsTask();

        starter.AreThere = false;
        Task<string?> second = threads.RunAsync(0, static _ => Thread.CurrentThread.Name).AsTask();
        release.Set();

        Assert.Equal(("shacache disk", "shacache disk"), (await first, await second));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StoreAsync_NoThreadToBeHadAtFirst_EveryUploadIsStored(bool unnamedStaging)
    {
        using var folder = new TemporaryFolder();
        var starter = new ScarceThreads { AreThere = false };
        using (FileSystemBlobStore store = Open(folder.Path, unnamedStaging, starter))
        {
            await StoreSideBySideAsync(store, seed: 0);
            starter.AreThere = true;
            await StoreSideBySideAsync(store, seed: 1000);
        }

        using FileSystemBlobStore again = Open(folder.Path, unnamedStaging, starter);
        Assert.Equal(80, await again.ListAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task StoreAsync_LogIsFullAndNoThreadToBeHad_EveryUploadIsStored()
    {
        using var folder = new TemporaryFolder();
        var starter = new ScarceThreads { AreThere = false };
        using FileSystemBlobStore store = Open(folder.Path, unnamedStaging: true, starter);

        // One by one, so that the caller fills the log: twice what its two parts hold.
        for (int i = 0; i < 2200; i++)
        {
            byte[] content = PatternStream.Bytes(UploadLog.MaxContentBytes, seed: i);
            Assert.Equal(BlobCommit.Created, await store.StoreAsync(Digest.Compute(content), content, Token));
        }

        Assert.Equal(2200, await store.ListAsync(Token).CountAsync(Token));
    }

    private static FileSystemBlobStore Open(string folder, bool unnamedStaging, ThreadStarter starter) =>
        FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = folder, UnnamedStaging = unnamedStaging }, starter);

    private static async Task StoreSideBySideAsync(FileSystemBlobStore store, int seed) => await Parallel.ForAsync(seed, seed + 40, Token, async (i, token) =>
    {
        byte[] content = PatternStream.Bytes(1000, seed: i);
        Assert.Equal(BlobCommit.Created, await store.StoreAsync(Digest.Compute(content), content, token));
    });

    /// <summary>Stands for the system's limit, which a test cannot reach without harm to the other tests of its process.</summary>
    private sealed class ScarceThreads : ThreadStarter
    {
        public bool AreThere { get; set; } = true;

        public override Thread? TryStart(string name, ThreadStart work) => AreThere ? base.TryStart(name, work) : null;
    }
}
