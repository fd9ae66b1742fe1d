using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>The contract, and that nothing is left behind, for each way of staging.</summary>
public abstract class FileSystemBlobStoreContract(bool unnamedStaging) : BlobStoreContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<FileSystemBlobStore> _opened = [];

    protected override ValueTask<IBlobStore> OpenStoreAsync()
    {
        foreach (FileSystemBlobStore earlier in _opened)
            earlier.Dispose();
        var store = FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = _folder.Path, UnnamedStaging = unnamedStaging });
        _opened.Add(store);
        if (unnamedStaging && !store.UsesUnnamedStaging)
            Assert.Skip($"The file system of {_folder.Path} has no unnamed files (O_TMPFILE).");
        return new ValueTask<IBlobStore>(store);
    }

    protected override ValueTask CleanUpAsync()
    {
        foreach (FileSystemBlobStore store in _opened)
            store.Dispose();
        string[] leftovers = Directory.GetFiles(_folder["incoming"]);
        _folder.Dispose();
        Assert.Empty(leftovers);
        return ValueTask.CompletedTask;
    }
}
