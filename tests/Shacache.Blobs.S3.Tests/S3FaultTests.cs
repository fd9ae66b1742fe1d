using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;
using Shacache.Testing.Ceph;

namespace Shacache.Blobs.S3.Tests;

/// <summary>A store that is away, hangs, is busy, lies or does later what it was asked for before.</summary>
[Collection(CephTests.Name)]
public sealed class S3FaultTests : IAsyncLifetime
{
    private readonly string _address = S3TestStore.NewPrefix();
    private readonly byte[] _content = PatternStream.Bytes(3_000_000);
    private readonly List<IAsyncDisposable> _opened = [];
    private CephServer _ceph = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Digest Digest => Digest.Compute(_content);

    public async ValueTask InitializeAsync()
    {
        CephServer.Require();
        _ceph = await CephServer.Shared;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable opened in Enumerable.Reverse(_opened))
            await opened.DisposeAsync();
    }

    [Fact]
    public async Task Calls_GatewayIsKilled_SayThatItIsAway_AndGoOnWhenItIsBack()
    {
        S3BlobStore store = Open(_ceph.Endpoint);
        await store.StoreAsync(Digest, _content, Token);
        await using IBlob? blob = await store.OpenAsync(Digest, Token);
        byte[] read = new byte[_content.Length];
        int first = await blob!.ReadAsync(0, read.AsMemory(0, 1000), Token);

        await _ceph.KillGatewayAsync();
        await AssertAwayAsync(async () => await store.ExistsAsync(Digest, Token));
        await AssertAwayAsync(async () => await store.OpenAsync(Digest, Token));
        await AssertAwayAsync(async () => await store.StoreAsync(Digest.Compute("new"u8), "new"u8.ToArray(), Token));
        await AssertAwayAsync(async () => await store.DeleteAsync(Digest, Token));
        Assert.Contains("cannot be reached", await store.FindProblemAsync(Token), StringComparison.Ordinal);

        await _ceph.StartGatewayAsync();
        Assert.Null(await store.FindProblemAsync(Token));
        for (int offset = first; offset < read.Length;)
            offset += await blob.ReadAsync(offset, read.AsMemory(offset), Token);
        Assert.Equal(_content, read);
        Assert.Equal(BlobCommit.Created, await store.StoreAsync(Digest.Compute("new"u8), "new"u8.ToArray(), Token));
    }

    /// <summary>A look, as HEAD is: nothing of the content is sent for it.</summary>
    [Fact]
    public async Task OpenForLengthAsync_LongBlob_IsNotSent()
    {
        await using var proxy = new StoreProxy(_ceph.Port);
        S3BlobStore store = Open(proxy.Endpoint);
        await store.StoreAsync(Digest, _content, Token);
        proxy.CutAfter(100_000, times: int.MaxValue);
        await using (IBlob? shown = await store.OpenForLengthAsync(Digest, Token))
            Assert.Equal(_content.Length, shown!.LengthBytes);

        // Time for what would come.
        Assert.True(await store.ExistsAsync(Digest, Token));
        Assert.Equal(int.MaxValue, proxy.CutsLeft);
    }

    [Fact]
    public async Task Calls_StoreHangs_EndInTime_AndGoOnWhenItAnswers()
    {
        S3BlobStore store = Open(_ceph.Endpoint);
        await store.StoreAsync(Digest, _content, Token);
        await _ceph.PauseAsync();
        try
        {
            Task stored = AssertAwayAsync(async () => await store.StoreAsync(Digest.Compute("new"u8), "new"u8.ToArray(), Token));
            await AssertAwayAsync(async () => await store.ExistsAsync(Digest, Token));
            await stored;
            Assert.NotNull(await store.FindProblemAsync(Token));
        }
        finally
        {
            await _ceph.ResumeAsync();
        }

        await Eventually.IsTrueAsync(async () => await store.FindProblemAsync(Token) is null);
        Assert.True(await store.VerifyAsync(Digest, Token));
        await store.StoreAsync(Digest.Compute("new"u8), "new"u8.ToArray(), Token);
        Assert.True(await store.VerifyAsync(Digest.Compute("new"u8), Token));
    }

    [Fact]
    public async Task StoreAsync_StoreIsBusy_IsTriedAgain_AndGivenUpInTheEnd()
    {
        StoreProxy proxy = OpenProxy();
        S3BlobStore store = Open(proxy.Endpoint);
        proxy.BusyAnswers = 3;
        Assert.Equal(BlobCommit.Created, await store.StoreAsync(Digest, _content, Token));
        Assert.Equal(0, proxy.BusyAnswers);

        proxy.BusyAnswers = int.MaxValue;
        BlobStoreException refused = await Assert.ThrowsAsync<BlobStoreException>(async () => await Open(proxy.Endpoint).StoreAsync(Digest.Compute("new"u8), "new"u8.ToArray(), Token));
        Assert.True(refused.IsAway);
        Assert.Contains("SlowDown", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StoreAsync_StoreSaysOtherBytes_IsNotAcknowledged_AndNotThere()
    {
        StoreProxy proxy = OpenProxy();
        S3BlobStore store = Open(proxy.Endpoint);
        proxy.FalsifiedTags = 1;

        BlobStoreException refused = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.StoreAsync(Digest, _content, Token));

        Assert.Contains("other bytes", refused.Message, StringComparison.Ordinal);
        Assert.False(await store.ExistsAsync(Digest, Token));
        Assert.Equal(BlobCommit.Created, await store.StoreAsync(Digest, _content, Token));
    }

    [Fact]
    public async Task ReadAsync_AnswerIsCut_GoesOnWhereItWas()
    {
        StoreProxy proxy = OpenProxy();
        S3BlobStore store = Open(proxy.Endpoint);
        await store.StoreAsync(Digest, _content, Token);
        proxy.CutAfter(1_000_000, times: 2);

        await using IBlob? blob = await store.OpenAsync(Digest, Token);
        byte[] read = new byte[_content.Length];
        for (int offset = 0; offset < read.Length;)
            offset += await blob!.ReadAsync(offset, read.AsMemory(offset), Token);

        Assert.Equal(_content, read);
        Assert.True(proxy.CutsLeft <= 0);
        Assert.True(blob!.IsVerified);
    }

    [Fact]
    public async Task StoreAsync_RemovalBeforeItIsCarriedOutLater_IsNotAcknowledged()
    {
        StoreProxy proxy = OpenProxy();
        S3BlobStore one = Open(proxy.Endpoint), other = Open(_ceph.Endpoint);
        await one.StoreAsync(Digest, _content, Token);
        proxy.HoldRemovals();
        await AssertAwayAsync(async () => await one.DeleteAsync(Digest, Token));

        // An acknowledgement would be of what the removal takes.
        BlobStoreException refused = await Assert.ThrowsAsync<BlobStoreException>(async () => await other.StoreAsync(Digest, _content, Token));
        Assert.True(refused.IsAway);
        Assert.Contains("being removed", refused.Message, StringComparison.Ordinal);
        await proxy.ReleaseRemovalsAsync();
        Assert.False(await other.ExistsAsync(Digest, Token));
    }

    [Fact]
    public async Task Calls_ClockIsWrongByMonths_AreSignedByThatOfTheStore()
    {
        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-100));
        S3BlobStore store = Keep(new S3BlobStore(S3TestStore.OptionsOf(_ceph.Endpoint, _address), 0, time));

        Assert.False(await store.ExistsAsync(Digest, Token));
        Assert.Equal(BlobCommit.Created, await store.StoreAsync(Digest, _content, Token));
        time.Set(TimeSpan.FromDays(100));
        Assert.True(await store.VerifyAsync(Digest, Token));
    }

    [Fact]
    public async Task Calls_NoSuchBucketOrWrongCredentials_SayWhatToDo()
    {
        S3BlobStore elsewhere = Open(_ceph.Endpoint, "s3://no-such-bucket/a");
        Assert.Contains("there is no bucket no-such-bucket", await elsewhere.FindProblemAsync(Token), StringComparison.Ordinal);
        await AssertAwayAsync(async () => await elsewhere.ExistsAsync(Digest, Token));
        await AssertAwayAsync(async () => await elsewhere.OpenAsync(Digest, Token));

        S3Options none = S3TestStore.OptionsOf(_ceph.Endpoint, _address) with { Environment = _ => null };
        Assert.Contains("no credentials", await Keep(new S3BlobStore(none, 0, TimeProvider.System)).FindProblemAsync(Token), StringComparison.Ordinal);
        S3Options wrong = none with { Environment = name => name is "AWS_ACCESS_KEY_ID" or "AWS_SECRET_ACCESS_KEY" ? "wrong" : null };
        Assert.Contains("refuses the credentials", await Keep(new S3BlobStore(wrong, 0, TimeProvider.System)).FindProblemAsync(Token), StringComparison.Ordinal);
    }

    private static async Task AssertAwayAsync(Func<Task> act)
    {
        BlobStoreException e = await Assert.ThrowsAsync<BlobStoreException>(act).WaitAsync(TimeSpan.FromSeconds(100), Token);
        Assert.True(e.IsAway, e.Message);
    }

    private StoreProxy OpenProxy()
    {
        var proxy = new StoreProxy(_ceph.Port);
        _opened.Add(proxy);
        return proxy;
    }

    private S3BlobStore Open(Uri endpoint, string? address = null) => Keep(S3TestStore.Open(endpoint, address ?? _address));

    private S3BlobStore Keep(S3BlobStore store)
    {
        _opened.Add(store);
        return store;
    }
}
