using Shacache.Client.Configuration;
using Shacache.Client.Tests.Servers;

namespace Shacache.Client.Tests.Http;

/// <summary>Limits are given with each call: other limits need no other connections, and the certificates are read once.</summary>
public sealed class SharedConnectionsTests
{
    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task With_OtherLimits_SharesConnectionsAndKeys()
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(404));
        using TestClient client = TestClient.For(server);
        NetworkCacheClient other = client.Client.With(new NetworkCacheOptions { MaxRetries = 7 });
        Assert.Same(client.Client.TrustedKeys, other.TrustedKeys);
        Assert.Same(client.Client.Origins, other.Origins);
        other.Dispose();
        await client.Client.SelectAsync(Core.Entries.EntryKey.Create("k"), TestContext.Current.CancellationToken);
        Assert.NotEmpty(server.Requests);
    }
}
