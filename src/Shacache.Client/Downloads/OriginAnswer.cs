using Shacache.Core.Blobs;

namespace Shacache.Client.Downloads;

/// <summary>What the origin sent.</summary>
/// <param name="Digest">Of its bytes.</param>
/// <param name="LengthBytes">Their number.</param>
/// <param name="Validators">By which it will know this state again.</param>
/// <param name="IsWhole">False when the end of the connection was the only end: it may as well have broken.</param>
internal sealed record OriginAnswer(Digest Digest, long LengthBytes, OriginValidators Validators, bool IsWhole)
{
    /// <summary>What the origin says it is; null when it does not say.</summary>
    public string? MediaType { get; init; }
}
