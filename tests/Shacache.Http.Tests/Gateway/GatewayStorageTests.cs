using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Tests.Content;

namespace Shacache.Http.Tests.Gateway;

/// <summary>Files that the gateway may fetch and may not keep: there is no room, or the operator blocked them.</summary>
public sealed class GatewayStorageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1000)]
    [InlineData(3_000_000)]
    public async Task Get_NoRoomInTheStore_IsPassedOnWhole_EachTime(int length)
    {
        byte[] file = RandomNumberGenerator.GetBytes(length);
        await using OriginServer origin = await OriginServer.StartAsync(file);
        await using TestServer server = await StartAsync(new BlockList(), inner => new FullBlobStore(inner));
        for (int time = 0; time < 2; time++)
            Assert.Equal(file, await server.Client.GetByteArrayAsync($"/fetch/http/{origin.Host}/f", Token));
        Assert.Equal(2, origin.Requests.Count);
    }

    [Fact]
    public async Task Get_ContentThatIsBlocked_NeverArrivesWhole()
    {
        byte[] file = RandomNumberGenerator.GetBytes(300_000);
        var blocks = new BlockList();
        blocks.Add(RuleSubject.Of(Digest.Compute(file)), "");
        await using OriginServer origin = await OriginServer.StartAsync(file);
        await using TestServer server = await StartAsync(blocks);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.Client.GetByteArrayAsync($"/fetch/http/{origin.Host}/f", Token));
        Assert.False(await server.Blobs.ExistsAsync(Digest.Compute(file), Token));

        blocks.Remove(RuleSubject.Of(Digest.Compute(file)));
        Assert.Equal(file, await server.Client.GetByteArrayAsync($"/fetch/http/{origin.Host}/f", Token));
    }

    [Fact]
    public async Task Get_UrlWhoseKeyIsBlocked_Is404WithoutTheOrigin()
    {
        await using OriginServer origin = await OriginServer.StartAsync([1, 2, 3]);
        string url = $"http://{origin.Host}/f";
        var blocks = new BlockList();
        blocks.Add(RuleSubject.Of(EntryKey.Create($"file-urlmd5:{UrlMd5.Of(url)}")), "");
        await using TestServer server = await StartAsync(blocks);
        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{origin.Host}/f", Token);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "blocked");
        Assert.Empty(origin.Requests);
    }

    private static Task<TestServer> StartAsync(BlockList blocks, Func<IBlobStore, IBlobStore>? store = null) => TestServer.StartAsync(
        new CacheServerOptions { Gateway = new GatewayOptions { Origins = [GatewaySite.Pattern("*:*")], AllowPrivateAddresses = true } },
        blobs: inner => new AdmittingBlobStore(store?.Invoke(inner) ?? inner, new StoreBudget(new StoreBudgetOptions(), static () => null), blocks),
        services: services => services.AddSingleton(blocks));
}
