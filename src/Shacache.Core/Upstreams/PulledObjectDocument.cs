namespace Shacache.Core.Upstreams;

/// <summary>What came of pulling an object.</summary>
/// <param name="Outcome">Whether the server has it now.</param>
/// <param name="Problem">Why not; null when it has.</param>
/// <param name="MayPass">Whether it may go better the next time.</param>
/// <param name="Bytes">Its length; 0 when the server has it not.</param>
public sealed record PulledObjectDocument(PullOutcome Outcome, string? Problem, bool MayPass, long Bytes);
