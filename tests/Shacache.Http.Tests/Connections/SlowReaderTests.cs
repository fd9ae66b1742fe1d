using System.Diagnostics;
using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Http.Tests.Connections;

/// <summary>Clients that take their answers slowly, or not at all: judged by what they took, and not by what the system took for them.</summary>
public sealed class SlowReaderTests
{
    [Fact]
    public async Task Get_ClientTakesNothing_IsCutOff()
    {
        await using TestServer server = await StartAsync(grace: TimeSpan.FromSeconds(1.1));
        using RawConnection client = await AskAsync(server);

        await Eventually.IsTrueAsync(() => Task.FromResult(server.Connections.Connections == 1));
        await Eventually.IsTrueAsync(() => Task.FromResult(server.Connections.Connections == 0));

        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task Get_ClientIsSlowButFasterThanTheMinimumRate_IsNotCutOff()
    {
        await using TestServer server = await StartAsync(grace: TimeSpan.FromSeconds(5));
        using RawConnection client = await AskAsync(server);

        // Longer than the period of grace, in which the system takes nothing of the next step.
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(9);)
        {
            await client.ReadBytesAsync(20_000);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        Assert.Equal(1, server.Connections.Connections);
    }

    private static Task<TestServer> StartAsync(TimeSpan grace) =>
        TestServer.StartAsync(kestrel: kestrel => kestrel.Limits.MinResponseDataRate = new(bytesPerSecond: 240, grace));

    private static async Task<RawConnection> AskAsync(TestServer server)
    {
        byte[] content = RandomNumberGenerator.GetBytes(30_000_000);
        await server.Blobs.StoreAsync(Digest.Compute(content), content, TestContext.Current.CancellationToken);
        RawConnection client = await server.ConnectAsync();
        await client.SendAsync($"GET /shacache/{Digest.Compute(content)} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return client;
    }
}
