using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;

namespace Shacache.Core.Tests.Blobs;

/// <summary>The decorators, in the order of production, over a store in memory: they keep every promise of the contract.</summary>
public sealed class DecoratedBlobStoreContractTests : BlobStoreContract
{
    private readonly MemoryBlobStore _inner = new();

    protected override ValueTask<IBlobStore> OpenStoreAsync() =>
        new(new IndexedBlobStore(new MemoryCachedBlobStore(_inner, 1 << 20), new RecordingBlobNotes()));

    protected override ValueTask CleanUpAsync()
    {
        Assert.Equal(0, _inner.OpenUploads);
        return ValueTask.CompletedTask;
    }
}
