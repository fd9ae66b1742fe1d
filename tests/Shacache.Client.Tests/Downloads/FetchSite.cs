using Shacache.Client.Tests.Servers;

namespace Shacache.Client.Tests.Downloads;

/// <summary>A real server over real stores, a real web server, and a machine that fetches from both.</summary>
public abstract class FetchSite : IAsyncLifetime
{
    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected CacheServer Cache { get; private set; } = null!;

    private protected OriginServer Origin { get; private set; } = null!;

    private protected BuildMachine Machine { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Cache = await CacheServer.StartAsync(Token);
        Origin = await OriginServer.StartAsync(Token);
        Machine = BuildMachine.Of(Cache);
    }

    public async ValueTask DisposeAsync()
    {
        Machine.Dispose();
        await Origin.DisposeAsync();
        await Cache.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
