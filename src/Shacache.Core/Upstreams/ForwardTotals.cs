namespace Shacache.Core.Upstreams;

/// <summary>How much is in the queue.</summary>
/// <param name="Waiting">What is to be sent.</param>
/// <param name="Refused">What was refused for good and is kept to be shown.</param>
public readonly record struct ForwardTotals(long Waiting, long Refused);
