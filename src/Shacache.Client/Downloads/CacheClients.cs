using Shacache.Client.Configuration;

namespace Shacache.Client.Downloads;

/// <summary>The clients of one network cache, each with the patience that its purpose allows.</summary>
internal sealed class CacheClients : IDisposable
{
    /// <summary>A server that took a whole upload must answer within this time; then it is given up.</summary>
    private static readonly TimeSpan UploadPatience = TimeSpan.FromSeconds(30);

    public CacheClients(NetworkCacheOptions options, DownloadCacheOptions policy, CacheHealth health, TimeProvider timeProvider)
    {
        bool started = false;
        Directory = new NetworkCacheClient(
            Hasty(options, options.Servers.DownloadDirectory.Count, policy.CacheTimeout) with
            {
                // A look-up is repeated at no server: the origin is there, and the time is short.
                MaxRetries = 0,
                OnWarning = text =>
                {
                    // Unreadable certificates are all worth a line; what a server does wrong, once.
                    if (!started)
                        options.OnWarning?.Invoke(text);
                    else
                        health.WarnOnce("directory", text);
                },
            }, timeProvider);
        started = true;
        int contentServers = options.Servers.DownloadCache.Count;
        Content = new NetworkCacheClient(
            Hasty(options, contentServers, policy.CacheTimeout) with
            {
                // With one server a broken transfer is resumed; with several the next one goes on.
                MaxRetries = contentServers > 1 ? 0 : options.MaxRetries,
                OnWarning = null,
            }, timeProvider);
        Upload = new NetworkCacheClient(
            options with
            {
                ConnectTimeout = Shorter(options.ConnectTimeout, policy.CacheTimeout),
                FirstByteTimeout = Shorter(options.FirstByteTimeout, UploadPatience),
                MaxRetries = 0,
                OnWarning = null,
            }, timeProvider);
    }

    public NetworkCacheClient Directory { get; }

    public NetworkCacheClient Content { get; }

    public NetworkCacheClient Upload { get; }

    public void Dispose()
    {
        Directory.Dispose();
        Content.Dispose();
        Upload.Dispose();
    }

    /// <summary>Every server gets its share of the time, so that one that hangs does not keep the next from being asked.</summary>
    private static NetworkCacheOptions Hasty(NetworkCacheOptions options, int servers, TimeSpan timeout)
    {
        TimeSpan half = timeout / (2 * Math.Max(servers, 1));
        return options with { ConnectTimeout = Shorter(options.ConnectTimeout, half), FirstByteTimeout = Shorter(options.FirstByteTimeout, half) };
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
