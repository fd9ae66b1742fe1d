namespace Shacache.Core.Upstreams;

/// <summary>What came of pulling the entries of a key.</summary>
/// <param name="Outcome"><see cref="PullOutcome.Here"/> when upstreams list what was known before.</param>
/// <param name="Problem">Why it failed; null when it did not.</param>
/// <param name="MayPass">Whether it may go better the next time.</param>
/// <param name="Objects">The content of the entries that the server now lists under the key, each object once. Also when it failed: of what is known.</param>
/// <param name="Entries">How many entries that are.</param>
public sealed record PulledKeyDocument(PullOutcome Outcome, string? Problem, bool MayPass, IReadOnlyList<PulledKeyObject> Objects, int Entries);
