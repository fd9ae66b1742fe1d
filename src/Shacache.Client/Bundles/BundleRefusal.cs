using Shacache.Client.Errors;
using Shacache.Core.Blobs;

namespace Shacache.Client.Bundles;

/// <summary>An entry that is not exported or imported.</summary>
/// <param name="Key">The key that it is listed under, as text, also when that is no legal key.</param>
/// <param name="Content">The digest that it names, as far as that is known.</param>
/// <param name="Reason">Why, on one line.</param>
public sealed record BundleRefusal(string Key, Digest? Content, string Reason)
{
    /// <summary>All of it on one line.</summary>
    public override string ToString() =>
        Content is { } digest ? $"{OneLine.Of(Key)} (content {digest}): {OneLine.Of(Reason)}" : $"{OneLine.Of(Key)}: {OneLine.Of(Reason)}";
}
