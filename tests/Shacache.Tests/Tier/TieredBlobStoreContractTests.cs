using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;

namespace Shacache.Tests.Tier;

/// <summary>A store with a local tier in front keeps every promise of the contract.</summary>
public sealed class TieredBlobStoreContractTests : BlobStoreContract
{
    private TierFixture? _fixture;

    protected override async ValueTask<IBlobStore> OpenStoreAsync()
    {
        if (_fixture is null)
            _fixture = await TierFixture.StartAsync();
        else
            await _fixture.ReopenAsync();
        return _fixture.Store;
    }

    protected override ValueTask CleanUpAsync() => _fixture!.DisposeAsync();
}
