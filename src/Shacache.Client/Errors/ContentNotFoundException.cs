using Shacache.Core.Blobs;

namespace Shacache.Client.Errors;

/// <summary>Every configured server was asked, and answered that it does not have the content.</summary>
public sealed class ContentNotFoundException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line: what was asked, and where.</param>
    /// <param name="digest">The content that was asked for.</param>
    public ContentNotFoundException(string message, Digest digest)
        : base(message) => Digest = digest;

    /// <summary>The content that was asked for.</summary>
    public Digest Digest { get; }
}
