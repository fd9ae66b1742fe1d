using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Http.Tests.Content;
using Shacache.Http.Tests.Gateway;
using Shacache.Http.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Upstreams.Content;

/// <summary>A server that cannot keep what comes hands it on nevertheless, and still nothing wrong.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(500_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Get_StoreIsFull_IsServedFromTheTransfer(int clients)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(_content);
        await using TestServer server = await TestServer.StartAsync(
            new CacheServerOptions { Proximity = ProximitySite.Options(upstream) }, blobs: inner => new FullBlobStore(inner));

        foreach (byte[] body in await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => server.Client.GetByteArrayAsync(ColdContentTests.PathOf(_content), Token))))
            ColdContentTests.AssertSame(_content, body);
        Assert.Contains(server.Log.Lines, line => line.Text.Contains("cannot be stored", StringComparison.Ordinal));
    }

    /// <summary>Wherever the failure catches the reader of the upstream, no byte may get lost between it and the clients.</summary>
    [Fact]
    public async Task Get_StoreFillsUpInTheMiddle_IsServedFromTheTransfer_AlsoToManyAtOnce()
    {
        byte[][] contents = [.. Enumerable.Range(0, 12).Select(i => RandomNumberGenerator.GetBytes(4_000_000 + i))];
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(contents);
        await using TestServer server = await TestServer.StartAsync(
            new CacheServerOptions { Proximity = ProximitySite.Options(upstream) }, blobs: inner => new FillingUpBlobStore(inner, 1_000_000));

        byte[][] bodies = await Task.WhenAll(contents.Select(content => server.Client.GetByteArrayAsync(ColdContentTests.PathOf(content), Token)));

        Assert.All(contents.Zip(bodies), pair => ColdContentTests.AssertSame(pair.First, pair.Second));
        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
    }

    /// <summary>The store gives up while the upstream is waited for: that says nothing about the upstream.</summary>
    [Fact]
    public async Task Get_StoreFillsUpWhileTheUpstreamIsWaitedFor_IsNotHeldAgainstTheUpstream()
    {
        byte[][] contents = [.. Enumerable.Range(0, 6).Select(i => RandomNumberGenerator.GetBytes(4_000_000 + i))];
        Func<ScriptedExchange, Task> serve = ScriptedUpstream.Serve(contents);
        var allAskedAgain = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int askedAgain = 0;
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            byte[] content = contents.Single(content => exchange.Request.Target.EndsWith(Digest.Compute(content).ToString(), StringComparison.Ordinal));
            bool isFirst = exchange.Request.RangeStart is null;
            if (isFirst)
            {
                await exchange.SendHeadAsync(content.Length);
                await exchange.SendAsync(content.AsMemory(0, 1_500_000));
            }
            else if (Interlocked.Increment(ref askedAgain) == contents.Length)
            {
                allAskedAgain.SetResult();
            }

            // A transfer that was not being waited for when the store gave up is not asked for again.
            await Task.WhenAny(allAskedAgain.Task, Task.Delay(TimeSpan.FromSeconds(1), exchange.Stop));
            if (isFirst)
                await exchange.SendAsync(content.AsMemory(1_500_000));
            else
                await serve(exchange);
        });
        await using TestServer server = await TestServer.StartAsync(
            new CacheServerOptions { Proximity = ProximitySite.Options(upstream) }, blobs: inner => new FillingUpBlobStore(inner, 1_000_000));

        byte[][] bodies = await Task.WhenAll(contents.Select(content => server.Client.GetByteArrayAsync(ColdContentTests.PathOf(content), Token)));

        Assert.All(contents.Zip(bodies), pair => ColdContentTests.AssertSame(pair.First, pair.Second));
        Assert.DoesNotContain(server.Log.Lines, line => line.Text.Contains("left alone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_CommitFails_IsServedWhole()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(_content);
        await using TestServer server = await TestServer.StartAsync(
            new CacheServerOptions { Proximity = ProximitySite.Options(upstream) }, blobs: inner => new UncommittableBlobStore(inner));

        ColdContentTests.AssertSame(_content, await server.Client.GetByteArrayAsync(ColdContentTests.PathOf(_content), Token));
    }

    [Theory]
    [InlineData(500_000)]
    [InlineData(60_000)]
    [InlineData(0)]
    public async Task Get_NoRoomForTheTransferItself_IsRelayedToEachClient(int length)
    {
        byte[] content = _content[..length];
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(content);
        await using TestServer server = await StartWithoutSpoolAsync(upstream);

        foreach (byte[] body in await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => server.Client.GetByteArrayAsync(ColdContentTests.PathOf(content), Token))))
            ColdContentTests.AssertSame(content, body);

        using var request = new HttpRequestMessage(HttpMethod.Get, ColdContentTests.PathOf(content));
        request.Headers.Range = new RangeHeaderValue(length / 3, length / 2);
        using HttpResponseMessage part = await server.Client.SendAsync(request, Token);
        if (length > 0)
            ColdContentTests.AssertSame(content[(length / 3)..((length / 2) + 1)], await part.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Get_NoRoomAndTheUpstreamLies_NobodyGetsAWholeBody()
    {
        byte[] wrong = [.. _content];
        wrong[1000] ^= 1;
        await using var upstream = new ScriptedUpstream(exchange => exchange.ServeAsync(wrong));
        await using TestServer server = await StartWithoutSpoolAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(ColdContentTests.PathOf(_content), HttpCompletionOption.ResponseHeadersRead, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => answer.Content.ReadAsByteArrayAsync(Token));
    }

    /// <summary>A file is where the folder should be.</summary>
    private Task<TestServer> StartWithoutSpoolAsync(ScriptedUpstream upstream)
    {
        File.WriteAllText(_folder["file"], "");
        return ProximitySite.StartAsync(new ProximityOptions { Upstreams = [ProximitySite.Upstream(upstream)], SpoolFolder = _folder["file"] });
    }
}
