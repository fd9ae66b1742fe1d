using Shacache.Client.Errors;

namespace Shacache.Client.Bundles;

/// <summary>Distinguishes a server that refuses single items from one that is down: then the remaining thousands of items are not tried.</summary>
internal sealed class FailureLimit
{
    private const int MaxInARow = 10;

    private int _inARow;

    /// <summary>Something worked.</summary>
    public void Reset() => Volatile.Write(ref _inARow, 0);

    /// <summary>Something failed after all retries.</summary>
    /// <returns>Whether that was one failure too many.</returns>
    public bool IsExceededBy(NetworkCacheException failure) => failure switch
    {
        NetworkCacheConfigurationException => true,
        // No credentials, or no room: the next one would be answered the same.
        NetworkCacheRefusedException { StatusCode: System.Net.HttpStatusCode.Unauthorized or System.Net.HttpStatusCode.InsufficientStorage } => true,
        NetworkCacheUnavailableException => Interlocked.Increment(ref _inARow) >= MaxInARow,
        _ => false,
    };
}
