using Shacache.Blobs.S3.Uploads;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;
using Shacache.Testing.Ceph;

namespace Shacache.Blobs.S3.Tests;

/// <summary>Uploads that are longer than a part, and what uploads leave behind.</summary>
[Collection(CephTests.Name)]
public sealed class S3UploadTests : IAsyncLifetime
{
    private readonly string _address = S3TestStore.NewPrefix();
    private readonly List<S3BlobStore> _stores = [];
    private CephServer _ceph = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        CephServer.Require();
        _ceph = await CephServer.Shared;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (S3BlobStore store in _stores)
            await store.DisposeAsync();
    }

    [Theory]
    [InlineData(PartSize.Least)]
    [InlineData(PartSize.Least + 1)]
    [InlineData((2 * PartSize.Least) + 12_345)]
    public async Task CommitAsync_AroundThePartSize_IsReadBack_AndNothingElseIsLeft(int lengthBytes)
    {
        S3BlobStore store = Open();
        byte[] content = PatternStream.Bytes(lengthBytes);
        Digest digest = Digest.Compute(content);

        Assert.Equal(BlobCommit.Created, await UploadAsync(store, digest, content));
        Assert.Equal(BlobCommit.AlreadyStored, await UploadAsync(store, digest, content));

        Assert.True(await store.VerifyAsync(digest, Token));
        Assert.Equal(lengthBytes, Assert.Single(await ListAsync(store)).LengthBytes);
        await store.DisposeAsync();
        Assert.Equal([$"blobs/{digest}"], await ListKeysAsync());
        Assert.DoesNotContain("<Upload>", await ListUploadsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommitAsync_TwoNodesWithOneLongBlob_BothSucceed()
    {
        S3BlobStore[] nodes = [Open(), Open()];
        byte[] content = PatternStream.Bytes(PartSize.Least + 1000);
        Digest digest = Digest.Compute(content);

        await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, 2).Select(_ => Task.Run(() => UploadAsync(node, digest, content), Token))));

        Assert.True(await nodes[0].VerifyAsync(digest, Token));
        foreach (S3BlobStore node in nodes)
            await node.DisposeAsync();
        Assert.Equal([$"blobs/{digest}"], await ListKeysAsync());
    }

    [Fact]
    public async Task WriteAsync_MoreThanAPart_IsSeenByNoReader_AndDiscardedWithoutCommit()
    {
        S3BlobStore store = Open();
        byte[] content = PatternStream.Bytes(PartSize.Least + 1000);
        IBlobUpload upload = await store.BeginUploadAsync(content.Length, Token);
        await upload.WriteAsync(content, Token);
        Assert.Contains("<Upload>", await ListUploadsAsync(), StringComparison.Ordinal);
        Assert.Empty(await ListAsync(store));

        await upload.DisposeAsync();
        await store.DisposeAsync();

        Assert.DoesNotContain("<Upload>", await ListUploadsAsync(), StringComparison.Ordinal);
        Assert.Empty(await ListKeysAsync());
    }

    [Fact]
    public async Task Leftovers_OfANodeThatIsGone_AreFound_AndThoseOfOneThatLivesAreNot()
    {
        // As its clock stands still, its lease is not written again.
        S3BlobStore gone = Open(new ManualTimeProvider(TimeProvider.System.GetUtcNow())), lives = Open();
        byte[] content = PatternStream.Bytes(PartSize.Least + 1000);
        await using IBlobUpload left = await gone.BeginUploadAsync(null, Token);
        await left.WriteAsync(content, Token);
        await using IBlobUpload running = await lives.BeginUploadAsync(null, Token);
        await running.WriteAsync(content, Token);

        // Both have written their leases a moment ago.
        Assert.Empty(await Open().Leftovers.FindAsync(Token));

        var time = new ManualTimeProvider();
        S3Leftovers leftovers = Open().LeftoversBy(new LeftoverTiming(TimeSpan.FromMinutes(-1), TimeSpan.FromSeconds(25)), time);
        Task<IReadOnlyList<S3Leftover>> finding = leftovers.FindAsync(Token);
        while (!finding.IsCompleted)
        {
            // Many times between the two looks, however long the first one takes.
            await lives.RenewLeaseAsync(Token);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        S3Leftover found = Assert.Single(await finding);
        Assert.Equal(1, await leftovers.RemoveAsync([found], Token));
        Assert.Equal(1, (await ListUploadsAsync()).Split("<Upload>").Length - 1);
        Assert.Equal(BlobCommit.Created, await running.CommitAsync(Digest.Compute(content), Token));
    }

    [Fact]
    public async Task OpenAsync_BytesThatAreNotThoseOfTheDigest_EndBeforeTheirEnd_AndAreNotThereAfterwards()
    {
        S3BlobStore store = Open();
        byte[] content = PatternStream.Bytes(300_000);
        var other = Digest.Compute("other"u8);
        var found = new TaskCompletionSource<(Digest Digest, string Place)>();
        store.OnDamage = (digest, place) => found.TrySetResult((digest, place));
        await store.StoreAsync(other, content, Token);

        await using (IBlob? blob = await store.OpenAsync(other, Token))
        {
            Assert.Equal(100_000, await ReadAsync(blob!, 0, 100_000));
            await Assert.ThrowsAsync<BlobDamagedException>(() => ReadAsync(blob!, 100_000, 200_000));
        }

        (Digest digest, string place) = await found.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.Equal(other, digest);
        Assert.EndsWith($"/quarantine/{other}", place, StringComparison.Ordinal);
        Assert.Null(await store.OpenAsync(other, Token));
    }

    private static async Task<int> ReadAsync(IBlob blob, int offset, int lengthBytes)
    {
        byte[] buffer = new byte[lengthBytes];
        int read = 0;
        while (read < lengthBytes)
        {
            int count = await blob.ReadAsync(offset + read, buffer.AsMemory(read), Token);
            Assert.NotEqual(0, count);
            read += count;
        }

        return read;
    }

    private static async Task<BlobCommit> UploadAsync(S3BlobStore store, Digest digest, byte[] content)
    {
        await using IBlobUpload upload = await store.BeginUploadAsync(null, Token);
        for (int offset = 0; offset < content.Length; offset += 100_000)
            await upload.WriteAsync(content.AsMemory(offset, Math.Min(100_000, content.Length - offset)), Token);
        return await upload.CommitAsync(digest, Token);
    }

    private static async Task<List<BlobInfo>> ListAsync(S3BlobStore store)
    {
        List<BlobInfo> blobs = [];
        await foreach (BlobInfo blob in store.ListAsync(Token))
            blobs.Add(blob);
        return blobs;
    }

    private S3BlobStore Open(TimeProvider? time = null)
    {
        var store = new S3BlobStore(S3TestStore.OptionsOf(_ceph.Endpoint, _address), comparedByReaderBytes: 0, time ?? TimeProvider.System);
        _stores.Add(store);
        return store;
    }

    private string Prefix => _address[(S3Address.Scheme.Length + CephServer.Bucket.Length + 1)..];

    private async Task<string> ListUploadsAsync() => (await _ceph.AskAsync("GET", $"{CephServer.Bucket}?prefix={Prefix}&uploads=")).Output;

    private async Task<List<string>> ListKeysAsync()
    {
        string listed = (await _ceph.AskAsync("GET", $"{CephServer.Bucket}?list-type=2&prefix={Prefix}")).Output;
        return [.. listed.Split("<Key>").Skip(1).Select(part => part[(Prefix.Length + 1)..part.IndexOf('<', StringComparison.Ordinal)])];
    }
}
