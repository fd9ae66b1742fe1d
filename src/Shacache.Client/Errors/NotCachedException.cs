namespace Shacache.Client.Errors;

/// <summary>The network cache has no usable copy, and the origin may not be asked.</summary>
public sealed class NotCachedException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line: what was asked, and why there is nothing.</param>
    public NotCachedException(string message)
        : base(message)
    {
    }
}
