using System.Diagnostics.CodeAnalysis;
using Shacache.Core.Blobs;

namespace Shacache.Client.Downloads;

/// <summary>A file that is there, whole, with every checksum that was asked for.</summary>
/// <param name="Url">The URL that was asked for, as it was given.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Digest">Its SHA-512.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="Contributed">Whether it was given to the cache.</param>
[SuppressMessage("Design", "CA1054", Justification = "A key is made of the URL's text; System.Uri would change it.")]
[SuppressMessage("Design", "CA1056", Justification = "A key is made of the URL's text; System.Uri would change it.")]
public sealed record FetchResult(string Url, FetchSource Source, Digest Digest, long LengthBytes, bool Contributed);

/// <summary>Where a file came from.</summary>
public enum FetchSource
{
    /// <summary>The network cache: signed by a trusted key, and of the digest that was signed.</summary>
    Cache,

    /// <summary>The server that the URL names.</summary>
    Origin,
}
