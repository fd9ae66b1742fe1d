using Shacache.Blobs.FileSystem;
using Shacache.Cli.Tier;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Tests.Tier;

/// <summary>A node with a local tier, over a store that stands for one elsewhere.</summary>
internal sealed class TierFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileSystemBlobStore _files;

    public TierFixture()
    {
        _files = FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = _folder["remote"] });
        Remote = new RemoteStore(_files);
    }

    public RemoteStore Remote { get; }

    public StoreBudgetOptions Budget { get; } = new() { MaxBytes = 1L << 30, MinFree = new DiskReserve(0, 100), Grace = TimeSpan.Zero };

    public TierStorage Tier { get; private set; } = null!;

    public IBlobStore Store => Tier.Blobs;

    public string DataFolder => _folder["node"];

    /// <summary>The folder of the tier.</summary>
    public string Folder => Path.Combine(DataFolder, TierStorage.FolderName);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<TierFixture> StartAsync()
    {
        var fixture = new TierFixture();
        await fixture.OpenAsync();
        return fixture;
    }

    public async Task OpenAsync(string origin = "test")
    {
        Directory.CreateDirectory(DataFolder);
        Tier = await TierStorage.OpenAsync(DataFolder, origin, Remote, Budget, TimeProvider.System, Token);
    }

    public async Task ReopenAsync(string origin = "test")
    {
        await Tier.DisposeAsync();
        await OpenAsync(origin);
    }

    /// <summary>Stores content elsewhere.</summary>
    public async Task<(Digest Digest, byte[] Content)> PutAsync(int lengthBytes, int seed = 0)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        if (lengthBytes >= 4)
            BitConverter.TryWriteBytes(content, seed);
        Digest digest = Digest.Compute(content);
        await _files.StoreAsync(digest, content, Token);
        return (digest, content);
    }

    /// <summary>Reads a blob as the server does.</summary>
    /// <returns>What was read; null when it is not there.</returns>
    public async Task<byte[]?> ReadAsync(Digest digest, long offset = 0, int? lengthBytes = null)
    {
        await using IBlob? blob = await Store.OpenAsync(digest, Token);
        return blob is null ? null : await ReadAsync(blob, offset, lengthBytes);
    }

    public static async Task<byte[]> ReadAsync(IBlob blob, long offset = 0, int? lengthBytes = null)
    {
        byte[] content = new byte[lengthBytes ?? (blob.LengthBytes - offset)];
        for (int read = 0; read < content.Length;)
        {
            long ready = await blob.WaitBeyondAsync(offset + read, Token) - offset - read;
            Assert.InRange(ready, 1, long.MaxValue);
            int count = await blob.ReadAsync(offset + read, content.AsMemory(read, (int)Math.Min(Math.Min(ready, content.Length - read), 100_000)), Token);
            Assert.InRange(count, 1, content.Length);
            read += count;
        }

        return content;
    }

    /// <summary>Waits until nothing is coming in.</summary>
    public Task WaitForFillsAsync() => Eventually.IsTrueAsync(() => Task.FromResult(Tier.Blobs.Fills == 0));

    /// <summary>The files that the tier has.</summary>
    public string[] Files() => Directory.Exists(Path.Combine(Folder, "blobs")) ? Directory.GetFiles(Path.Combine(Folder, "blobs"), "*", SearchOption.AllDirectories) : [];

    public string PathOf(Digest digest) => Files().Single(path => Path.GetFileName(path) == digest.ToString());

    public async ValueTask DisposeAsync()
    {
        await Tier.DisposeAsync();
        _files.Dispose();
        _folder.Dispose();
    }
}
