using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>A start does not walk over what is stored, however much that is.</summary>
public class StartTests : IDisposable
{
    private static readonly DateTime LongAgo = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly TemporaryFolder _folder = new();
    private readonly ServerStores _stores;

    /// <summary>On servers with the stores they have by themselves.</summary>
    public StartTests()
        : this(ServerStores.Embedded)
    {
    }

    /// <summary>On servers with other stores.</summary>
    private protected StartTests(ServerStores stores) => _stores = stores;

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _folder.Dispose();
    }

    /// <summary>A folder that is listed gets a new access time, which tells without a clock whether a start scans.</summary>
    [Fact]
    public async Task Start_ManyObjects_ListsNoFolderOfThem()
    {
        (string, string)[] stores = await _stores.NewAsync();
        byte[][] contents = [.. Enumerable.Range(0, 300).Select(_ => Bytes.Fresh(10))];
        await using (ServerProcess server = await ServerProcess.StartAsync(_folder.Data, stores))
        {
            foreach (byte[] content in contents)
            {
                await server.Python.UploadAsync(content);

                // A tier keeps what was read.
                await server.Python.DownloadAsync(Bytes.DigestOf(content));
            }

            await server.StopAsync();
        }

        string[] folders = Directory.GetDirectories(_folder.Data, "*", SearchOption.AllDirectories);
        Assert.True(folders.Length > 100, "The objects lie in few folders; this test must find another sign.");
        foreach (string folder in folders)
            Directory.SetLastAccessTimeUtc(folder, LongAgo);
        string probe = folders[^1];
        _ = Directory.GetFileSystemEntries(probe);
        Assert.SkipUnless(WasListed(probe), "The file system does not record when a folder was listed (noatime).");
        Directory.SetLastAccessTimeUtc(probe, LongAgo);

        await using (ServerProcess server = await ServerProcess.StartAsync(_folder.Data, stores))
        {
            Assert.Equal(contents[7], (await server.Python.DownloadAsync(Bytes.DigestOf(contents[7]))).Body);
            await server.StopAsync();
        }

        int listed = folders.Count(WasListed);
        Assert.InRange(listed, 0, 12); // the few at the top, and those on the way to the one that was asked for
    }

    private static bool WasListed(string folder) => Directory.GetLastAccessTimeUtc(folder) > LongAgo.AddDays(1);
}
