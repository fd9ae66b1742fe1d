namespace Shacache.Client.Diagnosis;

/// <summary>Whether a cache would deliver something, and every check on the way to that answer.</summary>
/// <param name="Cache">Which cache: <c>download cache</c> or <c>binary cache</c>.</param>
/// <param name="IsHit">Whether it would be delivered. The content itself is not read: bytes that went bad on a server are not seen.</param>
/// <param name="Summary">Why, on one line.</param>
/// <param name="Checks">What each check found, in the order of the checks.</param>
public sealed record CacheDiagnosis(string Cache, bool IsHit, string Summary, IReadOnlyList<CheckResult> Checks);
