using Shacache.Blobs.S3.Requests;
using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;
using Shacache.Testing.Ceph;

namespace Shacache.Blobs.S3.Tests;

/// <summary>How uploads find out about removals that are under way.</summary>
[Collection(CephTests.Name)]
public sealed class RemovalMarkTests : IAsyncLifetime
{
    /// <summary>More at once than look for their own mark each.</summary>
    private const int Many = 40;

    private readonly string _address = S3TestStore.NewPrefix();
    /// <summary>In the order of their digests.</summary>
    private readonly byte[][] _contents = [.. Enumerable.Range(0, Many).Select(number => PatternStream.Bytes(4000 + number)).OrderBy(content => Digest.Compute(content).ToString(), StringComparer.Ordinal)];

    private CephServer _ceph = null!;
    private StoreProxy _proxy = null!;
    private S3BlobStore _store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        CephServer.Require();
        _ceph = await CephServer.Shared;
        _proxy = new StoreProxy(_ceph.Endpoint.Port);
        _store = S3TestStore.Open(_proxy.Endpoint, _address);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task StoreAsync_ManyAtOnce_FewLookForTheirOwnMark()
    {
        Assert.All(await StoreAllAsync(), commit => Assert.Equal(BlobCommit.Created, commit));
        Assert.InRange(_proxy.Looks, 0, Many / 2);
        Assert.All(await StoreAllAsync(), commit => Assert.Equal(BlobCommit.AlreadyStored, commit));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1100)] // More than a store lists at once; the mark is not among the first.
    public async Task StoreAsync_ManyAtOnce_TheOneBeingRemovedIsNotAcknowledged(int otherRemovals)
    {
        Digest removed = Digest.Compute(_contents[^1]);
        await using (S3BlobStore other = S3TestStore.Open(_proxy.Endpoint, _address))
        {
            await MarkAsync(otherRemovals);
            await other.StoreAsync(removed, _contents[^1], Token);
            _proxy.HoldRemovals();
            await Assert.ThrowsAsync<BlobStoreException>(async () => await other.DeleteAsync(removed, Token));
        }

        // It would be carried out after the upload.
        Task<BlobCommit>[] others = [.. Enumerable.Range(0, Many - 1).Select(StoreAsync)];
        Task<BlobCommit> last = StoreAsync(Many - 1);
        Assert.All(await Task.WhenAll(others), commit => Assert.Equal(BlobCommit.Created, commit));
        await Task.Delay(100, Token);
        Assert.False(last.IsCompleted);
        await _proxy.ReleaseRemovalsAsync();

        // As its node would, after a while.
        await WithBucketAsync((bucket, layout) => bucket.DeleteAsync(layout.RemovalOf(removed), isOnce: false, Token));
        await last;
        Assert.True(await _store.ExistsAsync(removed, Token));
    }

    [Fact]
    public async Task DeleteAsync_MarkStaysAMoment_AndStoringWaitsForIt()
    {
        Digest digest = Digest.Compute(_contents[0]);
        await StoreAsync(0);
        Assert.True(await _store.DeleteAsync(digest, Token));
        int before = _proxy.Looks;
        Assert.Equal(BlobCommit.Created, await StoreAsync(0));

        // One look finds the mark, a later one does not.
        Assert.InRange(_proxy.Looks - before, 2, int.MaxValue);
        Assert.True(await _store.ExistsAsync(digest, Token));
        Assert.True(await _store.DeleteAsync(digest, Token));
    }

    [Fact]
    public async Task DisposeAsync_RightAfterRemovals_TakesTheirMarksAway()
    {
        await StoreAllAsync();
        await Task.WhenAll(_contents.Select(content => _store.DeleteAsync(Digest.Compute(content), Token).AsTask()));
        await _store.DisposeAsync();
        string prefix = _address[(S3Address.Scheme.Length + CephServer.Bucket.Length + 1)..];
        Assert.DoesNotContain("<Key>", (await _ceph.AskAsync("GET", $"{CephServer.Bucket}?list-type=2&prefix={prefix}%2Fremoving%2F")).Output, StringComparison.Ordinal);
    }

    private Task<BlobCommit[]> StoreAllAsync() => Task.WhenAll(Enumerable.Range(0, Many).Select(StoreAsync));

    private Task<BlobCommit> StoreAsync(int number) => _store.StoreAsync(Digest.Compute(_contents[number]), _contents[number], Token).AsTask();

    /// <summary>Leaves marks of other removals.</summary>
    private Task MarkAsync(int count) => WithBucketAsync((bucket, layout) => Parallel.ForAsync(
        0,
        count,
        new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token },
        async (number, token) => await bucket.PutAsync(layout.RemovalOf(Digest.Compute(BitConverter.GetBytes(number))), [], isNew: true, token)));

    private async Task WithBucketAsync(Func<Bucket, BucketLayout, Task> act)
    {
        S3Options options = S3TestStore.OptionsOf(_ceph.Endpoint, _address);
        using var client = new BucketClient(options.ToUrl(), options.Address.Bucket, options.Region, options.ToCredentials(), TimeProvider.System);
        await act(new Bucket(client), new BucketLayout(options.Address.Bucket, options.Address.Prefix));
    }
}
