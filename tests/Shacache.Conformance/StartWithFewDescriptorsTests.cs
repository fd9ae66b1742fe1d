using System.Net.Sockets;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>However few files and connections the server may have open, it says so, or serves and goes on.</summary>
public class StartWithFewDescriptorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServerStores _stores;

    /// <summary>On servers with the stores they have by themselves.</summary>
    public StartWithFewDescriptorsTests()
        : this(ServerStores.Embedded)
    {
    }

    /// <summary>On servers with other stores.</summary>
    private protected StartWithFewDescriptorsTests(ServerStores stores) => _stores = stores;

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _folder.Dispose();
    }

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(190)]
    public async Task Start_TooFew_IsOneLineAndExitCode78(int descriptors)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is Linux's.");
        await using ServerProcess server = ServerProcess.LaunchLimited(descriptors, _folder.Data, await _stores.NewAsync());
        await server.WaitForEndAsync();

        Assert.Equal(78, server.ExitCode);
        Assert.Matches(@"\Ashacache: [^\n]+ulimit[^\n]+\n\z", server.Output.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(256)]
    [InlineData(1024)]
    public async Task Serve_MoreConnectionsThanDescriptors_RefusesSomeAndGoesOn(int descriptors)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is Linux's.");
        await using ServerProcess server = ServerProcess.LaunchLimited(descriptors, _folder.Data, await _stores.NewAsync());
        await server.WaitUntilReadyAsync();
        var connections = new List<WireConnection>();
        try
        {
            for (int i = 0; i < descriptors + 50; i++)
                connections.Add(await WireConnection.OpenAsync(server.Url));
            byte[] part = Bytes.Fresh(70_000);
            foreach (WireConnection connection in connections)
                await TrySendAsync(connection, $"POST /shacache HTTP/1.1\r\nHost: {server.Url.Authority}\r\nContent-Length: 300000\r\n\r\n", part);
        }
        finally
        {
            foreach (WireConnection connection in connections)
                await connection.DisposeAsync();
        }

        await server.WaitUntilReadyAsync();
        foreach (int length in (int[])[100, 40_000, 300_000])
        {
            byte[] content = Bytes.Fresh(length);
            await AskUntilTakenAsync(() => server.Python.UploadAsync(content));
            await AskUntilTakenAsync(async () => Assert.Equal(content, (await server.Python.DownloadAsync(Bytes.DigestOf(content))).Body));
        }

        Assert.Contains("max-connections is ", server.Output, StringComparison.Ordinal);
        await server.StopAsync();
        Assert.Equal(0, server.ExitCode);
    }

    /// <summary>It notices only after a while that so many clients have gone, and refuses some until then.</summary>
    private static async Task AskUntilTakenAsync(Func<Task> ask)
    {
        for (DateTimeOffset end = DateTimeOffset.UtcNow + WireConnection.Limit; ;)
        {
            try
            {
                await ask();
                return;
            }
            catch (Exception e) when (e is IOException or SocketException && DateTimeOffset.UtcNow < end)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }

    private static async Task TrySendAsync(WireConnection connection, string head, byte[] part)
    {
        try
        {
            await connection.SendAsync(head);
            await connection.SendAsync(part);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // It is one of those that were refused.
        }
    }
}
