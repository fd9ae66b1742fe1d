using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Http.Tests.Tls;
using Shacache.Testing;

namespace Shacache.Http.Tests.Connections;

/// <summary>Requests over HTTP/2 whose client opens no window: each counts, none holds a file, and the minimum rate ends them.</summary>
public sealed class StreamLimitsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gets_WithoutAWindow_HoldNoFileWhileTheyWait()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What is open is read from /proc.");
        await using TlsSite site = await TlsSite.StartAsync(kestrel: server => server.Limits.MinResponseDataRate = null);
        string path = await StoreAsync(site);
        await using FrameConnection connection = await FrameConnection.OpenAsync(site);
        for (int i = 0; i < 50; i++)
            await connection.GetAsync(path);

        await Eventually.IsTrueAsync(() => Task.FromResult(site.Server.Connections.Streams == 50));
        await Eventually.IsTrueAsync(() => Task.FromResult(CountOpenFiles(Path.Combine(site.Server.DataFolder, "blobs")) == 0));

        Assert.Equal(50, site.Server.Connections.Streams);
        Assert.Empty(site.Server.Log.Lines);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(10)]
    public async Task Get_WithoutAWindow_IsCutByTheMinimumRate(int contentBytes)
    {
        await using TlsSite site = await TlsSite.StartAsync(
            kestrel: server => server.Limits.MinResponseDataRate = new(bytesPerSecond: 1_000_000, gracePeriod: TimeSpan.FromSeconds(1.1)));
        string path = await StoreAsync(site, contentBytes);
        await using FrameConnection connection = await FrameConnection.OpenAsync(site);

        await connection.ReadHeadAsync(await connection.GetAsync(path));

        await Eventually.IsTrueAsync(() => Task.FromResult(site.Server.Connections.Streams == 0));
        Assert.Empty(site.Server.Log.Lines);
    }

    [Fact]
    public async Task Post_BodyStops_IsRefusedThoughTheConnectionAsAWholeWasFast()
    {
        await using TlsSite site = await TlsSite.StartAsync(
            kestrel: server => server.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(1.1)));
        await using FrameConnection connection = await FrameConnection.OpenAsync(site);

        // By the reckoning of the whole connection this may take some 400 seconds.
        int upload = await connection.PostAsync("/shacache", 1_000_000, new byte[100_000]);

        // A literal that names the status, which is 408.
        Assert.Equal(0x48, await connection.ReadHeadAsync(upload) | 0x40);
        Assert.Equal(0x88, await connection.ReadHeadAsync(await connection.GetAsync("/healthz")));
        Assert.Empty(site.Server.Log.Lines);
    }

    [Fact]
    public async Task Gets_BeyondTheMost_AreRefusedUntilOthersEnd()
    {
        await using TlsSite site = await TlsSite.StartAsync(kestrel: server => server.Limits.MinResponseDataRate = null);
        string path = await StoreAsync(site);
        site.Server.Connections.Max = 3;
        await using (FrameConnection first = await FrameConnection.OpenAsync(site))
        {
            for (int i = 0; i < 3; i++)
                await first.ReadHeadAsync(await first.GetAsync(path));
            await using FrameConnection second = await FrameConnection.OpenAsync(site);

            // RFC 9113, section 7: REFUSED_STREAM, which lets clients try again.
            Assert.Equal(7u, await second.ReadResetAsync(await second.GetAsync(path)));
        }

        await Eventually.IsTrueAsync(() => Task.FromResult(site.Server.Connections is { Streams: 0, Connections: 0 }));
        await using FrameConnection third = await FrameConnection.OpenAsync(site);
        Assert.Equal(0x88, await third.ReadHeadAsync(await third.GetAsync(path)));
    }

    [Theory]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData("keep-alive", "timeout=5")]
    [InlineData("proxy-connection", "close")]
    [InlineData("upgrade", "websocket")]
    public async Task Get_FieldOfAConnection_Is400(string name, string value)
    {
        await using TlsSite site = await TlsSite.StartAsync();
        await using FrameConnection connection = await FrameConnection.OpenAsync(site);

        Assert.Equal(0x8c, await connection.ReadHeadAsync(await connection.GetAsync("/healthz", (name, value))));
    }

    private static async Task<string> StoreAsync(TlsSite site, int contentBytes = 1_000_000)
    {
        byte[] content = RandomNumberGenerator.GetBytes(contentBytes);
        await site.Server.Blobs.StoreAsync(Digest.Compute(content), content, Cancel);
        return $"/shacache/{Digest.Compute(content)}";
    }

    private static int CountOpenFiles(string folder)
    {
        int count = 0;
        foreach (string link in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            try
            {
                if (File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName.StartsWith(folder, StringComparison.Ordinal) == true)
                    count++;
            }
            catch (IOException)
            {
                // It was closed meanwhile.
            }
        }

        return count;
    }
}
