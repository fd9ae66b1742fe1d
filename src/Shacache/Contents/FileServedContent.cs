using Shacache.Blobs.FileSystem;
using Shacache.Blobs.FileSystem.Verification;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Contents;

/// <summary>Content as files in the data folder.</summary>
internal sealed class FileServedContent(string dataFolder) : ServedContent
{
    private readonly FileSystemBlobStore _files = FileSystemBlobStore.Open(
        new FileSystemBlobOptions { DataFolder = dataFolder, VerifiedByReaderBytes = MemoryCachedBlobStore.MaxBlobBytes });

    public override IBlobStore Blobs => _files;

    public override IBlobComparer Comparer => _files.Comparer;

    public override Action<Digest>? OnRight
    {
        set => _files.OnRight = value;
    }

    public override Action<BlobDamage>? OnDamage
    {
        set => _files.OnDamage = value;
    }

    public override DiskSpace? FindSpace() => _files.FindSpace();

    public override void EnsureCopied()
    {
    }

    public override ValueTask DisposeAsync()
    {
        _files.Dispose();
        return ValueTask.CompletedTask;
    }
}
