using Shacache.Client.Errors;
using Shacache.Core.Blobs;

namespace Shacache.Client.Bundles;

/// <summary>A file cannot be used as a bundle at all: it is not a bundle, its index is damaged or malformed, or it has no trusted signature.</summary>
/// <remarks>What is wrong with single entries is reported as <see cref="BundleRefusal"/> instead, and the others are used.</remarks>
/// <param name="message">One line: which file, what is wrong with it, what to do.</param>
/// <param name="innerException">The cause.</param>
public sealed class BundleException(string message, Exception? innerException = null) : NetworkCacheException(message, innerException);

/// <summary>An entry that is not exported or imported.</summary>
/// <param name="Key">The key that it is listed under, as text, also when that is not a legal key.</param>
/// <param name="Content">The digest that it names, as far as that is known.</param>
/// <param name="Reason">Why, on one line.</param>
public sealed record BundleRefusal(string Key, Digest? Content, string Reason)
{
    /// <summary>All of it on one line.</summary>
    public override string ToString() =>
        Content is { } digest ? $"{OneLine.Of(Key)} (content {digest}): {OneLine.Of(Reason)}" : $"{OneLine.Of(Key)}: {OneLine.Of(Reason)}";
}
