using Shacache.Client.Errors;

namespace Shacache.Client.Checksums;

/// <summary>What the origin sent is not what was asked for: nothing was written, and nothing was given to the cache.</summary>
public sealed class ChecksumMismatchException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line: what came from where, and what it should be.</param>
    /// <param name="expected">The checksum that was asked for.</param>
    /// <param name="actual">The checksum of what came.</param>
    public ChecksumMismatchException(string message, Checksum expected, Checksum actual)
        : base(message)
    {
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The checksum that was asked for.</summary>
    public Checksum Expected { get; }

    /// <summary>The checksum of what came.</summary>
    public Checksum Actual { get; }
}
