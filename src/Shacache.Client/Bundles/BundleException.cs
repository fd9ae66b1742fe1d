using Shacache.Client.Errors;

namespace Shacache.Client.Bundles;

/// <summary>A file cannot be used as a bundle at all: it is none, its index is gone or malformed, or nobody trusted signed it.</summary>
/// <remarks>What is wrong with single entries is reported as <see cref="BundleRefusal"/> instead, and the others are used.</remarks>
public sealed class BundleException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line: which file, what is wrong with it, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public BundleException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
