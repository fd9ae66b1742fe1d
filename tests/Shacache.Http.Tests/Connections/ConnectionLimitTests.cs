using Shacache.Testing;
using Shacache.Transport;

namespace Shacache.Http.Tests.Connections;

public sealed class ConnectionLimitTests
{
    private const string Request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

    [Theory]
    [InlineData(TransportKind.Shacache)]
    [InlineData(TransportKind.Kestrel)]
    public async Task Connections_BeyondTheMost_AreClosedAndThoseThatAreThereGoOn(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(transport: transport);
        server.Connections.Max = 2;
        using RawConnection first = await server.ConnectAsync();
        RawConnection second = await server.ConnectAsync();
        await first.SendAsync(Request);
        await first.ReadUntilAsync("ok\n");
        await second.SendAsync(Request);
        await second.ReadUntilAsync("ok\n");

        using (RawConnection third = await server.ConnectAsync())
            Assert.Empty(await third.ReadToEndAsync());
        await first.SendAsync(Request);
        await first.ReadUntilAsync("ok\n");
        second.Dispose();
        await Eventually.IsTrueAsync(() => Task.FromResult(server.Connections.Connections == 1));

        using RawConnection fourth = await server.ConnectAsync();
        await fourth.SendAsync(Request);
        await fourth.ReadUntilAsync("ok\n");
    }
}
