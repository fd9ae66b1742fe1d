using Shacache.Core.Blobs;

namespace Shacache.Client.Errors;

/// <summary>The bytes that a server sent, or says it stored, have another digest than they must have.</summary>
/// <remarks>After a download into a stream that cannot seek, the wrong bytes are in that stream: the caller throws them away.</remarks>
public sealed class DigestMismatchException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line: what was asked, and both digests.</param>
    /// <param name="expected">The digest that the bytes must have.</param>
    /// <param name="actual">The digest that they have; null when the server's answer holds none.</param>
    public DigestMismatchException(string message, Digest expected, Digest? actual)
        : base(message)
    {
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The digest that the bytes must have.</summary>
    public Digest Expected { get; }

    /// <summary>The digest that they have; null when the server's answer holds none.</summary>
    public Digest? Actual { get; }
}
