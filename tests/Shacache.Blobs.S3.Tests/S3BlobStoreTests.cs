using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;
using Shacache.Testing.Ceph;

namespace Shacache.Blobs.S3.Tests;

/// <summary>The contract, against a real gateway.</summary>
[Collection(CephTests.Name)]
public sealed class S3BlobStoreTests : BlobStoreContract
{
    private readonly string _address = S3TestStore.NewPrefix();
    private readonly List<S3BlobStore> _opened = [];

    protected override async ValueTask<IBlobStore> OpenStoreAsync()
    {
        CephServer.Require();
        CephServer ceph = await CephServer.Shared;
        S3BlobStore store = S3TestStore.Open(ceph.Endpoint, _address);
        _opened.Add(store);
        return store;
    }

    protected override async ValueTask CleanUpAsync()
    {
        foreach (S3BlobStore store in _opened)
            await store.DisposeAsync();
        if (_opened.Count == 0)
            return;
        string prefix = _address[(S3Address.Scheme.Length + CephServer.Bucket.Length + 1)..];
        CephServer ceph = await CephServer.Shared;
        foreach (string folder in new[] { "incoming", "nodes", "removing", "quarantine" })
            Assert.DoesNotContain("<Key>", (await ceph.AskAsync("GET", $"{CephServer.Bucket}?list-type=2&prefix={prefix}%2F{folder}%2F")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("<Key>", (await ceph.AskAsync("GET", $"{CephServer.Bucket}?prefix={prefix}&uploads=")).Output, StringComparison.Ordinal);
    }
}
