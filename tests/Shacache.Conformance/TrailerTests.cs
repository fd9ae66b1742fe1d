using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>docs/protocol.md, "Errors": a field after a chunked body is the client's fault, whatever the web server makes of it. A server of its own, as that logs it.</summary>
public class TrailerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServerStores _stores;

    /// <summary>On servers with the stores they have by themselves.</summary>
    public TrailerTests()
        : this(ServerStores.Embedded)
    {
    }

    /// <summary>On servers with other stores.</summary>
    private protected TrailerTests(ServerStores stores) => _stores = stores;

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _folder.Dispose();
    }

    [Fact]
    public async Task Upload_TrailerIsNotUtf8_IsRefused()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_folder.Data, await _stores.NewAsync());
        await using WireConnection connection = await WireConnection.OpenAsync(server.Url);

        // Sent as Latin-1: one byte, which is no UTF-8.
        await connection.SendAsync($"POST /shacache HTTP/1.1\r\nHost: {server.Url.Authority}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: \u00EC\r\n\r\n");

        Answer.HasStatus(400, await connection.ReceiveAsync());
    }
}
