namespace Shacache.Client.Errors;

/// <summary>Something that was asked of the network cache did not happen. The subclasses are what a caller may want to tell apart.</summary>
/// <remarks>
/// The message is one line: what was asked (with the URL, never with its password), what happened, and what to do.
/// <list type="bullet">
/// <item><see cref="NetworkCacheConfigurationException"/>: the configuration must be mended first.</item>
/// <item><see cref="ContentNotFoundException"/>: no server has it; get it elsewhere.</item>
/// <item><see cref="DigestMismatchException"/>: what came is not what was asked for, or what was stored is not what was sent.</item>
/// <item><see cref="NetworkCacheRefusedException"/>: a server answered, and will answer the same again.</item>
/// <item><see cref="NetworkCacheUnavailableException"/>: no server could be reached, or none finished; later it may work.</item>
/// <item><see cref="UntrustedSigningKeyException"/>: what this key signs could never be read back.</item>
/// <item><see cref="CredentialsInEntryException"/>: the entry would show a password or token to everybody.</item>
/// <item><see cref="NotCachedException"/>: the cache has no usable copy, and the origin was not to be asked.</item>
/// <item><c>ChecksumMismatchException</c>: the origin sent something else than was asked for.</item>
/// </list>
/// Wrong arguments are <see cref="ArgumentException"/>s, trouble with a local file is an <see cref="IOException"/>, cancellation is an
/// <see cref="OperationCanceledException"/>: they are thrown as they are.
/// </remarks>
public class NetworkCacheException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line: what was asked, what happened, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public NetworkCacheException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
