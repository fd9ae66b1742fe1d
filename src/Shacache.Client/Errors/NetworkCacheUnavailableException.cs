namespace Shacache.Client.Errors;

/// <summary>No server could be reached, or none finished in time, after all retries. The same call may succeed later.</summary>
public sealed class NetworkCacheUnavailableException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line: what was asked of which servers, and what happened at each.</param>
    /// <param name="innerException">What happened last.</param>
    public NetworkCacheUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
