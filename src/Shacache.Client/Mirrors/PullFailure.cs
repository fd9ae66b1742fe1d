using Shacache.Client.Errors;

namespace Shacache.Client.Mirrors;

/// <summary>Something that a server could not be filled with.</summary>
/// <param name="Key">The key; what stood in its place when that is none.</param>
/// <param name="Sha512">The digest of an object of the key; null when it is the key itself.</param>
/// <param name="Problem">Why, on one line.</param>
public sealed record PullFailure(string Key, string? Sha512, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() => Sha512 is null ? $"{OneLine.Of(Key)}: {Problem}" : $"{OneLine.Of(Key)}, object {Sha512}: {Problem}";
}
