using Shacache.Client.Errors;

namespace Shacache.Client.Bundles;

/// <summary>Tells a server that fails on single things from one that is gone: then there is no use in trying each of ten thousand things.</summary>
internal sealed class TroubleLimit
{
    private const int MaxInARow = 10;

    private int _inARow;

    /// <summary>Something worked.</summary>
    public void Reset() => Volatile.Write(ref _inARow, 0);

    /// <summary>Something failed after all retries.</summary>
    /// <returns>Whether that was once too often.</returns>
    public bool IsExceededBy(NetworkCacheException failure) => failure switch
    {
        NetworkCacheConfigurationException => true,
        // No credentials, or no room: the next one would be answered the same.
        NetworkCacheRefusedException { StatusCode: System.Net.HttpStatusCode.Unauthorized or System.Net.HttpStatusCode.InsufficientStorage } => true,
        NetworkCacheUnavailableException => Interlocked.Increment(ref _inARow) >= MaxInARow,
        _ => false,
    };
}
