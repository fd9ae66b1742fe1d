using System.Collections.Concurrent;
using Shacache.Client.Configuration;

namespace Shacache.Client.Tests.Servers;

/// <summary>Clients of scripted servers, quick to retry, and what they warn of.</summary>
internal sealed class TestClient : IDisposable
{
    public TestClient(Func<NetworkCacheOptions, NetworkCacheOptions>? change = null, TimeProvider? timeProvider = null, params string[] urls)
    {
        IReadOnlyList<CacheUrl> servers = [.. urls.Select(CacheUrl.Parse)];
        var options = new NetworkCacheOptions
        {
            Servers = new CacheServers { DownloadCache = servers, DownloadDirectory = servers, UploadCache = servers, UploadDirectory = servers },
            RetryDelay = TimeSpan.FromMilliseconds(1),
            OnWarning = Warnings.Enqueue,
            Proxy = new Client.Http.EnvironmentProxy(_ => null),
        };
        Client = new NetworkCacheClient(change?.Invoke(options) ?? options, timeProvider);
    }

    public NetworkCacheClient Client { get; }

    public ConcurrentQueue<string> Warnings { get; } = [];

    public static TestClient For(params ScriptedServer[] servers) => new(urls: [.. servers.Select(server => server.Url)]);

    public static TestClient For(Func<NetworkCacheOptions, NetworkCacheOptions> change, params ScriptedServer[] servers) =>
        new(change, urls: [.. servers.Select(server => server.Url)]);

    public void Dispose() => Client.Dispose();
}
