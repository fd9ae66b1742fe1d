using System.Net;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;
using Shacache.Http.Entries;
using Shacache.Http.Gateway.Origins;
using Shacache.Testing;

namespace Shacache.Http.Tests.Gateway;

/// <summary>URLs whose content changes, such as the head of a branch.</summary>
public sealed class GatewayMovingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_MovingUrl_FollowsTheOrigin_AndOutlivesIt()
    {
        string version = "v1";
        bool isDown = false;
        OriginServer origin = await OriginServer.StartAsync(context =>
        {
            string tag = $"\"{version}\"";
            context.Response.Headers.ETag = tag;
            if (isDown)
                context.Response.StatusCode = 503;
            else if (context.Request.Headers.IfNoneMatch == tag)
                context.Response.StatusCode = 304;
            else
                return context.Response.WriteAsync(version, Token);
            return Task.CompletedTask;
        });
        await using TestServer server = await StartAsync(origin, "/branch");
        string path = $"/fetch/http/{origin.Host}/branch/head.tar.gz";

        await AssertAsync(server, path, "v1", "miss");
        await AssertAsync(server, path, "v1", "revalidated");
        version = "v2";
        await AssertAsync(server, path, "v2", "miss");
        await AssertAsync(server, path, "v2", "revalidated");
        isDown = true;
        await AssertAsync(server, path, "v2", "stale");
        await origin.DisposeAsync();
        using var closed = new ClosedPort(origin.Port);
        await AssertAsync(server, path, "v2", "stale");

        // One note, the newest, and nothing for other clients: their copy would be frozen.
        StoredEntry only = await server.Entries.EnumerateAsync(Token).SingleAsync(Token);
        Assert.True(ReservedKeys.Contain(only.Key));
    }

    [Fact]
    public async Task Get_MovingUrlThatIsGone_Is404()
    {
        bool isGone = false;
        await using OriginServer origin = await OriginServer.StartAsync(context =>
        {
            context.Response.StatusCode = isGone ? 404 : 200;
            return isGone ? Task.CompletedTask : context.Response.WriteAsync("here", Token);
        });
        await using TestServer server = await StartAsync(origin, "/");
        string path = $"/fetch/http/{origin.Host}/f";

        await AssertAsync(server, path, "here", "miss");
        isGone = true;

        using HttpResponseMessage answer = await server.Client.GetAsync(path, Token);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Get_MovingUrl_ClientThatHasTheCopy_Gets304()
    {
        await using OriginServer origin = await OriginServer.StartAsync("same"u8.ToArray(), "\"v1\"");
        await using TestServer server = await StartAsync(origin, "/");
        string path = $"/fetch/http/{origin.Host}/f";
        await AssertAsync(server, path, "same", "miss");

        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(new("\"v1\""));
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
        Assert.Equal(2, origin.Requests.Count);
    }

    private static Task<TestServer> StartAsync(OriginServer origin, string path) => GatewaySite.StartAsync(new GatewayOptions
    {
        Origins = [GatewaySite.Pattern("*:*")],
        AllowPrivateAddresses = true,
        MovingPrefixes = [$"http://{origin.Host}{path}"],
    });

    private static async Task AssertAsync(TestServer server, string path, string content, string cacheStatus)
    {
        using HttpResponseMessage answer = await server.Client.GetAsync(path, Token);
        Assert.Equal(content, await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(cacheStatus, answer.Headers.GetValues("X-Cache").Single());
    }
}
