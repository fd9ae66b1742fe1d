using Shacache.Blobs.FileSystem.Verification;
using Shacache.Blobs.S3;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Retention;

namespace Shacache.Cli.Contents;

/// <summary>Content in an object store, which has its own tools for what is done with a whole bucket.</summary>
internal sealed class S3ServedContent(S3Options options, TimeProvider time) : ServedContent
{
    private readonly S3BlobStore _store = new(options, MemoryCachedBlobStore.MaxBlobBytes, time);

    public override IBlobStore Blobs => _store;

    public override IBlobComparer Comparer => _store.Comparer;

    public override S3BlobStore? Shared => _store;

    /// <summary>Reading compares, too, and is not noted: that would be a note for each of many reads by many nodes.</summary>
    public override Action<Digest>? OnRight
    {
        set { }
    }

    public override Action<BlobDamage>? OnDamage
    {
        set => _store.OnDamage = value is null ? null : (digest, place) => value(new BlobDamage(digest, "its bytes have another digest", place));
    }

    public override Func<bool, CancellationToken, Task<CleanedUp>> RemoveUploadsAsync => async (isDryRun, cancellationToken) =>
    {
        IReadOnlyList<S3Leftover> found = await _store.Leftovers.FindAsync(cancellationToken);
        if (!isDryRun)
            await _store.Leftovers.RemoveAsync(found, cancellationToken);
        return new CleanedUp("abandoned-uploads", found.Count, found.Sum(upload => upload.LengthBytes));
    };

    public override DiskSpace? FindSpace() => null;

    public override void EnsureCopied() => throw new StoreRefusalException(
        $"The content is in {options.Address}, which a backup of the data folder does not hold. Copy it with the tools of the object store (replication, versions), and the database by its own.");

    public override ValueTask DisposeAsync() => _store.DisposeAsync();
}
